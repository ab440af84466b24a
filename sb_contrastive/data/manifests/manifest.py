"""Reads and writes manifests: CSV files that list utterances."""

import csv
import io
from pathlib import Path

from sb_contrastive.data.manifests.cells import audio_path, read_cells
from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.data.manifests.spans import fill_spans, parse_span
from sb_contrastive.data.manifests.utterance_ids import fill_ids, refuse_bad_ids
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
    list of dict
        One row per utterance, in the order of the file: ID, duration (s),
        wav (absolute), start and stop (samples of that file), the other
        columns as text, and under `SOURCE` the place of the row
        ("file.csv:17").

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
    rows = read_cells(path, required)
    for row in rows:
        row["wav"] = audio_path(row, path, data_root)
        parse_span(row)
    fill_ids(rows)
    refuse_bad_ids(rows)
    fill_spans(rows)
    return rows


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
    columns = dict.fromkeys(COLUMNS)
    for row in rows:
        if not row.keys() <= columns.keys():
            columns.update(dict.fromkeys(row))
    columns = [name for name in columns if name != SOURCE]

    def write(partial):
        with open(partial, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerow(columns)
            for first in range(0, len(rows), BLOCK):
                cells = [
                    [row.get(name) for name in columns]
                    for row in rows[first : first + BLOCK]
                ]
                text = _as_csv(cells)
                # Python quotes no carriage return, which then ends the line
                if "\r" in text:
                    text = _as_csv(cells, quoting=csv.QUOTE_ALL)
                file.write(text)

    write_atomically(path, write)


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
