"""Finds the utterances behind what a user gives: files, folders, manifests, arrays."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sb_contrastive.data.audio.formats import COMMON, READABLE
from sb_contrastive.data.columns.access import having, values
from sb_contrastive.data.columns.texts import Texts
from sb_contrastive.data.manifests.preparation import rows_of
from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.data.manifests.spans import fill_spans
from sb_contrastive.data.manifests.utterance_ids import fill_ids
from sb_contrastive.inference.waveforms import is_waveform, waveform_row

# No column has this name: blanks around the names of columns are cut
NAME = " name"


class Found(NamedTuple):
    """Holds the manifest `rows` of what a user gave, each with the name of its
    result as `NAME`; `single` says that it was one recording by itself."""

    rows: list
    single: bool


def find_utterances(x, sample_rate=None, wanted=16000, data_root=None):
    """Make manifest rows of anything that a `Model` takes.

    Arguments
    ---------
    x : str, pathlib.Path, numpy.ndarray, torch.Tensor, or list of these
        An audio file, an array [S], a folder, a manifest (.csv).
    sample_rate : int, optional
        Rate of arrays in Hz.
    wanted : int
        Rate of the model in Hz.
    data_root : str, optional
        Folder that `$data_root` stands for in manifests.

    Returns
    -------
    Found
        A result is named after its file as it was given, after the ID of an
        utterance of a folder or manifest, or after the place of an array in the
        list, "0", "1", ...

    Raises
    ------
    FileNotFoundError, ValueError
        See `read_inputs` and `waveform_row`.

    Example
    -------
    >>> import numpy as np
    >>> rows, single = find_utterances(np.zeros(800), sample_rate=16000)
    >>> rows[0][NAME], rows[0]["stop"], single
    ('0', 800, True)
    """
    several = isinstance(x, (list, tuple))
    items = list(x) if several else [x]
    if not items:
        raise ValueError("the list of recordings is empty")
    for item in items:
        if not is_waveform(item) and not isinstance(item, (str, Path)):
            raise ValueError(
                f"a recording is a path or an array [S], not a "
                f"{type(item).__name__}"
            )
    paths = [str(item) for item in items if not is_waveform(item)]
    rows = read_inputs(paths, data_root) if paths else []
    given = set(paths)
    sources = zip(values(rows, SOURCE), values(rows, "ID"))
    names = [place if place in given else name for place, name in sources]
    rows = having(rows, **{NAME: Texts.of(names)})
    waveforms = [
        {
            **waveform_row(item, sample_rate, wanted, f"array {place}"),
            NAME: str(place),
        }
        for place, item in enumerate(items)
        if is_waveform(item)
    ]
    if waveforms:
        rows = [*rows, *waveforms]
    single = not several and (is_waveform(x) or rows[0].get(SOURCE) == str(x))
    return Found(rows, single)


def read_inputs(sources, data_root=None):
    """Make manifest rows from audio files, folders of them, and manifests.

    Arguments
    ---------
    sources : list of str
        Paths in any order; a file that occurs twice counts once.
    data_root : str, optional
        Folder that `$data_root` stands for in the manifests.

    Returns
    -------
    Rows or list of dict
        Rows of the single files, then of folders and manifests.

    Raises
    ------
    FileNotFoundError
        When there is no such folder or manifest. Missing audio files are
        reported by `check_audio`, all of them together.
    ValueError
        When a source is none of the three.

    Example
    -------
    >>> read_inputs(["speech.txt"])
    Traceback (most recent call last):
    ...
    ValueError: speech.txt is neither a folder nor a .csv, .wav, ...
    """
    files, others = [], []
    for source in map(str, sources):
        suffix = Path(source).suffix.lower()
        if suffix in READABLE and not Path(source).is_dir():
            files.append(source)
        elif suffix in (".csv", ".tar") or Path(source).is_dir():
            others.append(source)
        elif not suffix:
            raise FileNotFoundError(f"there is no folder {source}")
        else:
            raise ValueError(
                f"{source} is neither a folder nor a .csv, {', '.join(COMMON)} "
                f"or other file that libsndfile reads"
            )
    rows = rows_of(others, data_root) if others else []
    single = _rows_of_files(files)
    if {row["ID"] for row in single} & {row["ID"] for row in rows}:
        single = [{**row, "ID": f"file--{row['ID']}"} for row in single]
    return single + rows if single else rows


def _rows_of_files(files):
    paths = [Path(file).expanduser().absolute() for file in files]
    rows = [
        {"wav": path.as_posix(), SOURCE: str(file)}
        for path, file in dict(zip(paths, files)).items()
    ]
    fill_ids(rows)
    fill_spans(rows)
    return rows
