"""Packs audio into shards: tar archives in the layout of WebDataset, which every experiment reads in place.

A network disk serves few large files much sooner than a million small ones. The
folder that is written has the shards and manifest.csv, which stands for the
original manifest: `--manifest OUT/manifest.csv`.
"""

import os
import shutil
from pathlib import Path

from sb_contrastive.command_line.options import add_bad_audio_argument
from sb_contrastive.data.audio.check import check_audio
from sb_contrastive.data.manifests.preparation import rows_of
from sb_contrastive.data.shards.packing import MANIFEST, pack, short_names
from sb_contrastive.export.atomic_folder import atomic_folder


def add_arguments(parser):
    """Add the arguments of this command to its parser."""
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="AUDIO",
        help="folders of audio, manifests (.csv with a column wav), shards",
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FOLDER",
        help="new folder for audio-000000.tar, ... and manifest.csv",
    )
    parser.add_argument(
        "--data_root", help="folder that $data_root stands for in manifests"
    )
    parser.add_argument(
        "--sample_rate",
        type=int,
        default=16000,
        help="in Hz; files at another rate, or with several channels, are "
        "packed as mono FLAC copies, all others as they are (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--shard_mb",
        type=int,
        default=1000,
        metavar="MB",
        help="a shard that has reached this size is closed (default: "
        "%(default)s)",
    )
    add_bad_audio_argument(parser)


def run(options):
    """Pack the audio that the options name."""
    folder = Path(options.output).absolute()
    _check(folder, options)
    rows = rows_of(options.sources, options.data_root)
    with atomic_folder(folder) as new:
        converted = new / "converted"
        ready = check_audio(
            rows, options.sample_rate, options.on_bad_audio, converted
        )
        names = _names(rows, ready, options.sources)
        count = pack(ready, new, names, options.shard_mb * 10**6)
        shutil.rmtree(converted, ignore_errors=True)
    print(
        f"{folder / MANIFEST}: {len(ready)} utterances of {len(names)} files "
        f"in {count} shards"
    )


def _check(folder, options):
    """Refuse what would fail only after all audio has been read."""
    if options.shard_mb < 1:
        raise ValueError(
            f"--shard_mb is {options.shard_mb}: give a size of 1 MB or more"
        )
    if options.sample_rate < 1000:
        raise ValueError(
            f"--sample_rate is {options.sample_rate}: give a rate in Hz, such "
            f"as 16000"
        )
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise ValueError(
            f"{folder} is there already: name a new folder by --output"
        )


def _names(rows, ready, sources):
    """Name each file that is packed after its original, as it is called below a
    folder that was given, with its own suffix."""
    folders = [Path(source).expanduser().absolute() for source in sources]
    folders = [folder.as_posix() for folder in folders if folder.is_dir()]
    original = {row["ID"]: row["wav"] for row in rows}
    short = short_names({original[row["ID"]] for row in ready}, folders)
    return {
        row["wav"]: os.path.splitext(short[original[row["ID"]]])[0]
        + os.path.splitext(row["wav"])[1]
        for row in ready
    }
