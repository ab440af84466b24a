"""Makes manifest rows of all audio below a folder."""

import os
from collections import Counter
from pathlib import Path

from speechbrain.utils.logger import get_logger

from sb_contrastive.data.audio.bad_audio import printable
from sb_contrastive.data.audio.formats import (
    COMMON,
    READABLE,
    UNREADABLE,
    suffix,
)
from sb_contrastive.data.columns.rows import Rows
from sb_contrastive.data.columns.texts import TextBuilder, Texts
from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.data.manifests.spans import with_spans
from sb_contrastive.data.manifests.utterance_ids import (
    names_of,
    refuse_bad_ids,
)

logger = get_logger(__name__)


def scan_folder(folder):
    """Makes rows of all audio below a folder.

    The first folder on the way to a file is its speaker, not counting a
    `wav` at the top: `wav/id10001/x/00001.wav` is by id10001. Every format that
    libsndfile reads is taken; audio of other formats is counted in a warning.
    Hidden files are passed over.

    Arguments
    ---------
    folder : str or Path
        Where to look for audio.

    Returns
    -------
    Rows
        Rows sorted by path; ID is the path with "--" for "/", as in
        SpeechBrain's VoxCeleb recipes, with the suffix where two files differ
        in nothing else.

    Raises
    ------
    FileNotFoundError
        When there is no such folder, or no audio in it.

    Example
    -------
    >>> import numpy, soundfile
    >>> folder = getfixture("tmp_path")
    >>> (folder / "ann").mkdir()
    >>> soundfile.write(folder / "ann" / "hi.wav", numpy.zeros(800), 16000)
    >>> row = scan_folder(folder)[0]
    >>> row["ID"], row["spk_id"], row["stop"]
    ('ann--hi', 'ann', 800)
    """
    folder = Path(folder).expanduser().absolute()
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    files, others = _find_audio(folder)
    left_out = ", ".join(
        f"{count} {kind}" for kind, count in sorted(others.items())
    )
    if not files:
        there = f"only {left_out}" if left_out else "nor any other audio"
        raise FileNotFoundError(
            f"there is no {', '.join(COMMON)} or other file that libsndfile"
            f" reads below {printable(str(folder))}, {there}; convert other"
            " formats first, e.g. with ffmpeg -i a.m4a a.wav"
        )
    if left_out:
        logger.warning(
            "left out below %s, because libsndfile cannot read them: %s files;"
            " convert them first, e.g. with ffmpeg -i a.m4a a.wav",
            folder,
            left_out,
        )
    places = []
    for file in files:
        parts = file.relative_to(folder).parts
        places.append(parts[1:] if parts[0] == "wav" and parts[1:] else parts)
    wavs = Texts.of([file.as_posix() for file in files])
    speakers = TextBuilder()
    speakers.add([parts[0] if len(parts) > 1 else "" for parts in places])
    rows = Rows(
        {
            "ID": Texts.of(names_of(places)),
            "wav": wavs,
            "spk_id": speakers.column(),
            SOURCE: wavs,
        }
    )
    refuse_bad_ids(rows)
    return with_spans(rows)


def _find_audio(folder):
    """Returns the audio below a folder, sorted, through links to folders, and
    how many files there are of each suffix of audio that cannot be read."""
    found, others, visited = [], Counter(), set()
    for parent, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(parent)
        if real in visited:  # a link back up would never end
            folders.clear()
            continue
        visited.add(real)
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            kind = suffix(name)
            if name.startswith("."):
                continue
            if kind in READABLE:
                found.append(Path(parent, name))
            elif kind in UNREADABLE:
                others[kind] += 1
    return sorted(found), others
