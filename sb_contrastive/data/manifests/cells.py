"""Reads the cells of a manifest and refuses a CSV that cannot be one."""

import csv
import os
import re
from collections import Counter
from pathlib import Path

from sb_contrastive.data.manifests.columns import column_title
from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.suggestions import did_you_mean

DELIMITERS = (",", ";", "\t", "|")
OWN = (
    "ID",
    "duration",
    "start",
    "stop",
)  # columns of which each row has its own
SHARED = 50_000  # different values of a column that are kept once in memory


def read_cells(path, required):
    """Reads a CSV as text.

    Cells are separated by commas, or by semicolons, tabs or bars: by whatever
    gives the header line the columns that are required. Blanks before a quote
    are passed over, as SpeechBrain does.

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
    >>> _ = path.write_text('wav; speaker; sex\\n"a.wav"; "ann";\\n')
    >>> [row] = read_cells(path, required=["spk_id"])
    >>> sorted(row.items())[1:]
    [('spk_id', 'ann'), ('wav', 'a.wav')]
    """
    if not path.is_file():
        near = path.parent.glob("*.csv") if path.parent.is_dir() else []
        raise FileNotFoundError(
            f"there is no manifest {path}"
            + did_you_mean(path.name, [p.name for p in near])
        )
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
            rows = _read_rows(reader, names, path, required)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is not a CSV in UTF-8: {error}") from error
    if not rows:
        raise ValueError(f"{path} lists no utterance")
    return rows


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


def _read_rows(reader, names, path, required):
    """Makes a dict of each line that holds anything."""
    rows, place = [], path.as_posix()
    required = ("wav", *required)
    known = [(i, {}) for i, name in enumerate(names) if name not in OWN]
    nameless = "" in names
    for cells in reader:
        cells = list(map(str.strip, cells))
        if not any(cells):
            continue
        source = f"{place}:{reader.line_num}"
        if len(cells) != len(names):
            raise ValueError(
                f"{source} has {len(cells)} cells for {len(names)} columns; put"
                " quotes around a cell that holds a separator"
            )
        # A million rows name few speakers: the same text is kept once
        for i, seen in known:
            if len(seen) < SHARED:
                cells[i] = seen.setdefault(cells[i], cells[i])
        row = dict(zip(names, cells))
        if nameless or "" in cells:
            row = {k: v for k, v in row.items() if k and v}
            for name in required:
                if name not in row:
                    raise ValueError(
                        f"{source} leaves the column {column_title(name)} empty"
                    )
        row[SOURCE] = source
        rows.append(row)
    return rows


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
    if wav.startswith("/") and _is_normal(wav):
        return wav  # most paths of a million
    root = manifest.parent if data_root is None else data_root
    if data_root is not None and wav.startswith("$data_root/"):
        path = str(root) + wav.removeprefix("$data_root")
        if _is_normal(path):
            return path  # most of the others
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


def _is_normal(path):
    """Tells whether a path is absolute and spelt in the shortest way, or has
    hidden folders, which nobody minds to look at twice."""
    return (
        os.sep == "/"
        and path[0] == "/"
        and path[-1] != "/"
        and "//" not in path
        and "/." not in path
    )
