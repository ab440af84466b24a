"""Reads the cells of a manifest and refuses a CSV that cannot be one."""

import csv
import os
import re
from collections import Counter
from pathlib import Path

from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.suggestions import did_you_mean


def read_cells(path, required):
    """Reads a CSV as text.

    Arguments
    ---------
    path : Path
        CSV file with a header line, in UTF-8.
    required : sequence of str
        Columns that must be filled in every row, besides `wav`.

    Returns
    -------
    list of dict
        A dict of the cells of each row that are not empty, in the order of
        the columns, and under `SOURCE` the place of the row ("file.csv:17").
        Cells stay text as they are, but for blanks around them. Columns
        without a name are left out.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is no such CSV.

    Example
    -------
    >>> path = getfixture("tmp_path") / "mine.csv"
    >>> _ = path.write_text("wav,speaker,sex\\na.wav,ann,\\n")
    >>> [row] = read_cells(path, required=["spk_id"])
    >>> sorted(row)
    [' source', 'spk_id', 'wav']
    """
    if not path.is_file():
        near = path.parent.glob("*.csv") if path.parent.is_dir() else []
        raise FileNotFoundError(
            f"there is no manifest {path}"
            + did_you_mean(path.name, [p.name for p in near])
        )
    rows = []
    try:
        # utf-8-sig: spreadsheets put a byte order mark before the first name
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            names = [name.strip() for name in next(reader, [])]
            _check_header(names, path, required)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    source = f"{path.as_posix()}:{reader.line_num}"
                    rows.append(_read_row(names, cells, source, required))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is not a CSV in UTF-8: {error}") from error
    if not rows:
        raise ValueError(f"{path} lists no utterance")
    return rows


def _check_header(names, path, required):
    if not names:
        raise ValueError(f"{path} is empty; its first line names the columns")
    counts = Counter(filter(None, names))
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise ValueError(f"{path}:1 names the column {twice[0]!r} twice")
    if "speaker" in names and "spk_id" not in names:
        names[names.index("speaker")] = "spk_id"
    for name in ("wav", *required):
        if name not in names:
            raise ValueError(
                f"{path}:1 has no column {name!r} among {', '.join(names)}"
                + did_you_mean(name, names)
            )


def _read_row(names, cells, source, required):
    if len(cells) != len(names):
        raise ValueError(
            f"{source} has {len(cells)} cells for {len(names)} columns; put"
            " quotes around a cell that holds a comma"
        )
    row = {k: v.strip() for k, v in zip(names, cells) if k and v.strip()}
    for name in ("wav", *required):
        if name not in row:
            raise ValueError(f"{source} leaves the column {name!r} empty")
    return {**row, SOURCE: source}


def audio_path(row, manifest, data_root):
    """Makes the absolute path of a row's audio.

    Arguments
    ---------
    row : dict
        Its `wav` and `SOURCE`.
    manifest : Path
        Where the row was read; relative paths begin beside it by default.
    data_root : str, Path or None
        Where relative paths begin instead, and what `$data_root` stands for.

    Returns
    -------
    str
        With forward slashes.

    Raises
    ------
    ValueError
        When the path begins with another variable, or with one that is unset.

    Example
    -------
    >>> audio_path({"wav": "a/../b.wav"}, Path("/lists/train.csv"), None)
    '/lists/b.wav'
    """
    wav = row["wav"]
    root = manifest.parent if data_root is None else data_root
    variable = re.match(r"\$(\w+)(?=/|\\|$)", wav)
    if variable:
        if variable[1] != "data_root":
            raise ValueError(
                f"{row[SOURCE]} begins with ${variable[1]}, but only"
                " $data_root is replaced"
            )
        if data_root is None:
            raise ValueError(
                f"{row[SOURCE]} uses $data_root; say where the corpus is"
                " with --data_root"
            )
        wav = wav[variable.end() :].lstrip("/\\") or "."
    path = os.path.join(os.path.expanduser(root), wav)
    return Path(os.path.abspath(path)).as_posix()
