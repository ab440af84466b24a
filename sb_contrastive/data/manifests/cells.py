"""Reads the cells of a manifest and refuses a CSV that cannot be one."""

import csv
import os
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from sb_contrastive.data.columns.texts import BLOCK
from sb_contrastive.data.manifests.columns import column_title
from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.suggestions import did_you_mean

DELIMITERS = (",", ";", "\t", "|")


class Cells(NamedTuple):
    """Some lines of a CSV."""

    columns: dict  # a list of str by the name of each column; "" is empty
    lines: list  # the number of each line in the file


def read_cells(path, required):
    """Reads a CSV as text, some thousands of lines at a time.

    Cells are separated by commas, or by semicolons, tabs or bars: by whatever
    gives the header line the columns that are required. Blanks before a quote
    are passed over, as SpeechBrain does.

    Arguments
    ---------
    path : Path
        CSV file with a header line, in UTF-8.
    required : sequence of str
        Columns that must be filled in every row, besides `wav`.

    Yields
    ------
    Cells
        The lines that hold anything. Cells stay text as they are, but for
        blanks around them. Columns without a name are left out.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it is no such CSV.

    Example
    -------
    >>> path = getfixture("tmp_path") / "mine.csv"
    >>> _ = path.write_text('wav; speaker; sex\\n"a.wav"; "ann";\\n')
    >>> [cells] = read_cells(path, required=["spk_id"])
    >>> cells.columns, cells.lines
    ({'wav': ['a.wav'], 'spk_id': ['ann'], 'sex': ['']}, [2])
    """
    if not path.is_file():
        near = path.parent.glob("*.csv") if path.parent.is_dir() else []
        raise FileNotFoundError(
            f"there is no manifest {path}"
            + did_you_mean(path.name, [p.name for p in near])
        )
    found = False
    try:
        # utf-8-sig: spreadsheets put a byte order mark before the first name
        with open(path, newline="", encoding="utf-8-sig") as file:
            delimiter = _delimiter(file.readline(), required)
            file.seek(0)
            reader = csv.reader(
                file, delimiter=delimiter, skipinitialspace=True
            )
            names = [name.strip() for name in next(reader, [])]
            _check_header(names, path, required)
            for rows, lines in _blocks(reader):
                cells = _cells(rows, lines, names, path, required)
                found = found or bool(cells.lines)
                if cells.lines:
                    yield cells
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is not a CSV in UTF-8: {error}") from error
    if not found:
        raise ValueError(f"{path} lists no utterance")


def _delimiter(header, required):
    """Chooses what separates the cells, by the header line."""
    wanted = {"wav", *required}

    def fitness(delimiter):
        try:
            cells = next(csv.reader([header], delimiter=delimiter), [])
        except csv.Error:
            return -1, 0
        names = {cell.strip(' "') for cell in cells}
        if "speaker" in names:
            names.add("spk_id")
        return len(names & wanted), len(names)

    return max(DELIMITERS, key=fitness)


def _check_header(names, path, required):
    if not names:
        raise ValueError(f"{path} is empty; its first line names the columns")
    counts = Counter(filter(None, names))
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise ValueError(f"{path}:1 names the column {twice[0]!r} twice")
    given = list(names)
    if "speaker" in names and "spk_id" not in names:
        names[names.index("speaker")] = "spk_id"
    for name in ("wav", *required):
        if name not in names:
            raise ValueError(
                f"{path}:1 has no column {column_title(name)} among"
                f" {', '.join(given)}{did_you_mean(name, given)}"
            )


def _blocks(reader):
    """Yield some thousands of lines, and their numbers, at a time."""
    rows, lines = [], []
    for cells in reader:
        rows.append(cells)
        lines.append(reader.line_num)
        if len(rows) == BLOCK:
            yield rows, lines
            rows, lines = [], []
    yield rows, lines


def _cells(rows, lines, names, path, required):
    """Make columns of lines, without those that hold nothing."""
    required = ("wav", *required)
    if set(map(len, rows)) == {len(names)}:
        columns = dict(zip(names, zip(*rows)))
        columns = {n: list(map(str.strip, columns[n])) for n in names if n}
        if not any("" in columns[name] for name in required):
            return Cells(columns, lines)
    rows, lines = _looked_at(rows, lines, names, path, required)
    columns = dict(zip(names, map(list, zip(*rows))))
    return Cells({n: columns.get(n, []) for n in names if n}, lines)


def _looked_at(rows, lines, names, path, required):
    """Look at lines one by one: refuse a wrong one, pass over an empty one."""
    kept = [], []
    for cells, line in zip(rows, lines):
        cells = list(map(str.strip, cells))
        if not any(cells):
            continue
        source = f"{path.as_posix()}:{line}"
        if len(cells) != len(names):
            raise ValueError(
                f"{source} has {len(cells)} cells for {len(names)} columns; put"
                " quotes around a cell that holds a separator"
            )
        for name in required:
            if not cells[names.index(name)]:
                raise ValueError(
                    f"{source} leaves the column {column_title(name)} empty"
                )
        kept[0].append(cells)
        kept[1].append(line)
    return kept


def audio_paths(cells, manifest, data_root):
    """Makes the absolute paths of the audio of some lines.

    Arguments
    ---------
    cells : Cells
        The lines.
    manifest, data_root
        See `audio_path`.

    Returns
    -------
    list of str
        With forward slashes.

    Example
    -------
    >>> cells = Cells({"wav": ["$data_root/a.wav", "/b.wav"]}, [2, 3])
    >>> audio_paths(cells, Path("/lists/train.csv"), "/corpus")
    ['/corpus/a.wav', '/b.wav']
    """
    wavs = cells.columns["wav"]
    text = "\n" + "\n".join(wavs)
    if data_root is not None:
        text = text.replace("\n$data_root/", f"\n{data_root}/")
    # Most paths of a million are normal, and are looked at together
    if (
        os.sep == "/"
        and text.count("\n") == text.count("\n/") == len(wavs)
        and not any(part in text for part in ("//", "/.", "/\n"))
        and text[-1] != "/"
    ):
        return text[1:].split("\n")
    place = manifest.as_posix()
    return [
        audio_path({"wav": w, SOURCE: f"{place}:{n}"}, manifest, data_root)
        for w, n in zip(wavs, cells.lines)
    ]


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
