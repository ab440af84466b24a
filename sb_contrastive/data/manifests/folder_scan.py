"""Makes manifest rows of all audio below a folder."""

import os
from pathlib import Path

from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.data.manifests.spans import fill_spans
from sb_contrastive.data.manifests.utterance_ids import refuse_bad_ids, safe_id

AUDIO = (".wav", ".flac", ".ogg", ".mp3")


def scan_folder(folder):
    """Makes rows of all audio below a folder.

    The first folder on the way to a file is its speaker, not counting a
    `wav` at the top: `wav/id10001/x/00001.wav` is by id10001. Hidden files
    are passed over.

    Arguments
    ---------
    folder : str or Path
        Where to look for .wav, .flac, .ogg and .mp3.

    Returns
    -------
    list of dict
        Rows sorted by path; ID is the path with "--" for "/", as in
        SpeechBrain's VoxCeleb recipes.

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
    rows = []
    for file in _find_audio(folder):
        parts = file.relative_to(folder).with_suffix("").parts
        if parts[0] == "wav" and len(parts) > 1:
            parts = parts[1:]
        row = {"ID": safe_id("--".join(parts)), "wav": file.as_posix()}
        if len(parts) > 1:
            row["spk_id"] = parts[0]
        rows.append({**row, SOURCE: row["wav"]})
    if not rows:
        raise FileNotFoundError(
            f"there is no {', '.join(AUDIO)} file below {folder}; other"
            " formats, such as m4a, have to be converted first"
        )
    refuse_bad_ids(rows)
    fill_spans(rows)
    return rows


def _find_audio(folder):
    """Returns the audio below a folder, sorted, through links to folders."""
    found, visited = [], set()
    for parent, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(parent)
        if real in visited:  # a link back up would never end
            folders.clear()
            continue
        visited.add(real)
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(parent, name)
            for name in files
            if name.lower().endswith(AUDIO) and not name.startswith(".")
        ]
    return sorted(found)
