"""Manifests made from what a user names: CSVs and folders of audio, checked and cut."""

from pathlib import Path

from sb_contrastive.data.audio.check import check_audio
from sb_contrastive.data.audio.silence import trim_silence
from sb_contrastive.data.columns.joining import joined
from sb_contrastive.data.columns.rows import text_column
from sb_contrastive.data.columns.texts import Texts
from sb_contrastive.data.manifests.folder_scan import scan_folder
from sb_contrastive.data.manifests.manifest import read_manifest, write_manifest
from sb_contrastive.data.manifests.path_list import split_paths
from sb_contrastive.data.manifests.utterance_ids import share_an_id
from sb_contrastive.data.shards.scanning import scan_shards, shards_of


def write_unlabelled(
    sources, path, data_root=None, on_bad_audio="stop", trim_silence_db=None
):
    """Write the manifest of audio to pretrain on, unless it is there.

    Arguments
    ---------
    sources, data_root
        See `rows_of`.
    path : str or pathlib.Path
        CSV to write.
    on_bad_audio, trim_silence_db
        See `check_and_write`.
    """
    path = Path(path)
    if not path.is_file():
        rows = rows_of(sources, data_root)
        check_and_write(rows, path, on_bad_audio, trim_silence_db)


def rows_of(sources, data_root=None):
    """Read the utterances of several corpora as one.

    Arguments
    ---------
    sources : str or list of str
        CSVs, folders of audio, or of shards; a string joins them by commas.
    data_root : str, optional
        The folder that `$data_root` stands for in the CSVs.

    Returns
    -------
    Rows
        Manifest rows; an ID that an earlier corpus has gets the number of its
        own in front. `corpus` is the source, unless a CSV has that column.
    """
    sources = split_paths(sources)
    parts = []
    for number, source in enumerate(sources, start=1):
        shards = shards_of(source)
        if shards:
            found = scan_shards(shards)
        elif Path(source).expanduser().is_dir():
            found = scan_folder(source)
        else:
            found = read_manifest(source, data_root)
        if share_an_id([*parts, found]):
            # Two corpora may both have a spk1/001.wav
            names = [f"source{number}--{name}" for name in found.values("ID")]
            found = found.having(ID=Texts.of(names))
        parts.append(
            found.having(corpus=text_column(found, "corpus", default=source))
        )
    return joined(parts)


def check_and_write(rows, path, on_bad_audio="stop", trim_silence_db=None):
    """Check audio, cut silence, write the manifest.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.
    path : pathlib.Path
        CSV to write.
    on_bad_audio : str
        "stop" or "skip", see `check_audio`.
    trim_silence_db : float, optional
        Audio that is this far below the speech at both ends is cut off.
    """
    rows = check_audio(
        rows,
        on_bad_audio=on_bad_audio,
        converted_folder=path.parent / "converted",
        shortest=0.1,
    )
    if trim_silence_db:
        rows = trim_silence(rows, trim_silence_db)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_manifest(rows, path)
