"""Reads and writes manifests: CSV files that list utterances."""

import csv
import io
from pathlib import Path

import numpy as np

from sb_contrastive.data.columns.places import Places
from sb_contrastive.data.columns.rows import Rows
from sb_contrastive.data.columns.texts import TextBuilder
from sb_contrastive.data.manifests.cells import (
    audio_path,
    audio_paths,
    read_cells,
)
from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.data.manifests.spans import (
    SPAN,
    parse_span,
    parse_spans,
    with_spans,
)
from sb_contrastive.data.manifests.utterance_ids import (
    refuse_bad_ids,
    with_ids,
)
from sb_contrastive.files import write_atomically

BLOCK = 1000  # rows that are written at once
COLUMNS = ("ID", "duration", "wav", "start", "stop")


def read_manifest(path, data_root=None, required=()):
    """Reads a manifest, one's own or one a prepare script wrote.

    Only the column `wav` must be there. `speaker` is read as `spk_id` where
    there is no such column. Every other column is kept as text, to the
    letter; empty cells are left out. What is missing of `duration`, `start` and
    `stop` is taken from the audio header. A file that cannot be read gets the span 0-0 there, for
    `check_audio` to report together with all others.

    Arguments
    ---------
    path : str or Path
        CSV file with a header line, in UTF-8.
    data_root : str or Path, optional
        Replaces `$data_root` at the start of `wav`, and is where relative
        paths begin; by default they begin beside the manifest.
    required : sequence of str
        Columns that must be there and filled in every row, e.g. `["label"]`.

    Returns
    -------
    Rows
        One row per utterance, in the order of the file: ID, duration (s),
        wav (absolute), start and stop (samples of that file), the other
        columns as text, and under `SOURCE` the place of the row
        ("file.csv:17"). It is used as a list of dicts that cannot be changed,
        and takes less memory.

    Raises
    ------
    FileNotFoundError
        When there is no such manifest.
    ValueError
        When a row is wrong; the message names its line.

    Example
    -------
    >>> path = getfixture("tmp_path") / "mine.csv"
    >>> text = "wav,speaker,duration,start,stop\\n$data_root/a.wav,ann,2,0,32000"
    >>> _ = path.write_text(text)
    >>> row = read_manifest(path, data_root="/corpus")[0]
    >>> row["ID"], row["wav"], row["spk_id"], row["stop"]
    ('a', '/corpus/a.wav', 'ann', 32000)
    """
    path = Path(path)
    found, lines, wrong = {}, [], None
    for cells in read_cells(path, required):
        if wrong is not None:
            continue  # that it is no CSV further down is told first
        try:
            columns = {
                **cells.columns,
                "wav": audio_paths(cells, path, data_root),
                **parse_spans(cells, path),
            }
        except ValueError as error:
            wrong = cells, error
            continue
        lines.append(np.array(cells.lines, np.int32))
        for name, column in columns.items():
            if name not in SPAN:
                builder = found.setdefault(name, TextBuilder(name != "ID"))
                builder.add(column)
            else:
                found.setdefault(name, []).append(column)
    if wrong is not None:
        _refuse_first(wrong[0], path, data_root)
        raise wrong[1]
    lines = np.concatenate(lines)
    places = Places([path.as_posix()], np.zeros(len(lines), np.uint8), lines)
    for name, pieces in found.items():
        is_span = name in SPAN
        found[name] = np.concatenate(pieces) if is_span else pieces.column()
    rows = with_ids(Rows(found | {SOURCE: places}))
    refuse_bad_ids(rows)
    return with_spans(rows)


def _refuse_first(cells, path, data_root):
    """Raise for the first line that is wrong."""
    for number, line in enumerate(cells.lines):
        row = {name: column[number] for name, column in cells.columns.items()}
        row = {name: cell for name, cell in row.items() if cell}
        row[SOURCE] = f"{path.as_posix()}:{line}"
        audio_path(row, path, data_root)
        parse_span(row)


def write_manifest(rows, path):
    """Writes rows as a SpeechBrain CSV, all of it or, if stopped, nothing.

    Arguments
    ---------
    rows : list of dict
        Manifest rows; their `wav` may begin with `$data_root`. All of their
        columns are written, None as an empty cell.
    path : str or Path
        CSV file; folders above it are made.

    Raises
    ------
    ValueError
        When there is no row, or an ID comes twice or cannot name a file.

    Example
    -------
    >>> path = getfixture("tmp_path") / "train.csv"
    >>> row = dict(ID="a", duration=2.0, wav="/a.wav", start=0, stop=32000)
    >>> write_manifest([row], path)
    >>> print(path.read_text().strip())
    ID,duration,wav,start,stop
    a,2.0,/a.wav,0,32000
    """
    if not rows:
        raise ValueError(f"there is no utterance to write to {path}")
    refuse_bad_ids(rows)
    columns = _columns_of(rows)

    def write(partial):
        with open(partial, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerow(columns)
            for first in range(0, len(rows), BLOCK):
                cells = _cells(rows, columns, first, first + BLOCK)
                text = _as_csv(cells)
                # Python quotes no carriage return, which then ends the line
                if "\r" in text:
                    text = _as_csv(cells, quoting=csv.QUOTE_ALL)
                file.write(text)

    write_atomically(path, write)


def _columns_of(rows):
    """List the columns to write, those beside `COLUMNS` as they first appear."""
    columns = dict.fromkeys(COLUMNS)
    if isinstance(rows, Rows):
        firsts = {name: rows.first_filled(name) for name in rows.columns}
        there = [name for name in firsts if firsts[name] is not None]
        columns.update(dict.fromkeys(sorted(there, key=firsts.get)))
    else:
        for row in rows:
            if not row.keys() <= columns.keys():
                columns.update(dict.fromkeys(row))
    return [name for name in columns if name != SOURCE]


def _cells(rows, columns, first, last):
    """List the cells of some rows."""
    if isinstance(rows, Rows):
        return list(zip(*(rows.cells(name, first, last) for name in columns)))
    return [[row.get(name) for name in columns] for row in rows[first:last]]


def _as_csv(lines, **options):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n", **options).writerows(lines)
    return text.getvalue()


def known_speakers(rows):
    """Collects the known speakers, for probes in the log of a training.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.

    Returns
    -------
    dict of str to str
        Utterance -> speaker.

    Example
    -------
    >>> known_speakers([{"ID": "a", "spk_id": "ann"}, {"ID": "b"}])
    {'a': 'ann'}
    """
    return {row["ID"]: row["spk_id"] for row in rows if row.get("spk_id")}
