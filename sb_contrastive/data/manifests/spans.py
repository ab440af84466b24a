"""Completes the place of an utterance in its file: start, stop and duration."""

import math
from functools import lru_cache

import numpy as np

from sb_contrastive.data.audio.headers import read_headers
from sb_contrastive.data.columns.access import Column
from sb_contrastive.data.columns.groups import groups
from sb_contrastive.data.columns.rows import Rows
from sb_contrastive.data.columns.texts import Texts
from sb_contrastive.data.manifests.source import SOURCE

SPAN = ("duration", "start", "stop")
LARGEST = 2**62  # samples beyond which numbers are Python's


def parse_span(row):
    """Converts the duration, start and stop that are given to numbers.

    Arguments
    ---------
    row : dict
        Text of a manifest row, with its `SOURCE`; changed in place.

    Raises
    ------
    ValueError
        When one is no number, or the utterance would be empty.

    Example
    -------
    >>> row = {"start": "10", "duration": "2.5", SOURCE: "mine.csv:2"}
    >>> parse_span(row)
    >>> row["start"], row["duration"]
    (10, 2.5)
    """
    for name in SPAN:
        if name not in row:
            continue
        number = _number(row[name], whole=name != "duration")
        if number is None:
            unit = "seconds" if name == "duration" else "whole samples"
            raise ValueError(
                f"{row[SOURCE]} has the {name} {row[name]!r}, not a number"
                f" of {unit}"
            )
        row[name] = number
    if row.get("duration") == 0:
        raise ValueError(f"{row[SOURCE]} has a duration of 0 seconds")
    if "stop" in row and row["stop"] <= row.get("start", 0):
        raise ValueError(
            f"{row[SOURCE]} stops at sample {row['stop']}, not after its"
            f" start {row.get('start', 0)}"
        )


def parse_spans(cells, path):
    """Converts the duration, start and stop of some lines to numbers.

    Arguments
    ---------
    cells : Cells
        The lines.
    path : Path
        Their manifest.

    Returns
    -------
    dict of str to numpy.ndarray
        Those of the three that are columns of the manifest [N]; -1, of the
        duration NaN, where a cell is empty.

    Raises
    ------
    ValueError
        When a line is wrong: which, `parse_span` tells.
    """
    found = {}
    for name in SPAN:
        if name not in cells.columns:
            continue
        whole = name != "duration"
        absent = -1 if whole else math.nan
        column = [
            _number(text, whole) if text else absent
            for text in cells.columns[name]
        ]
        if None in column:
            raise ValueError(f"{path} has the {name} of a line wrong")
        found[name] = _whole(column) if whole else np.array(column, float)
    stop = found.get("stop", np.array(-1))
    start = np.maximum(found.get("start", 0), 0)
    if np.any(found.get("duration", 1) == 0) or np.any(
        (stop >= 0) & (stop <= start)
    ):
        raise ValueError(f"{path} has an utterance without any sample")
    return found


def _whole(numbers):
    """Make an array of whole numbers, however large."""
    large = max(numbers, default=0) > LARGEST
    return np.array(
        [int(n) for n in numbers] if large else numbers,
        object if large else np.int64,
    )


@lru_cache(maxsize=100_000)  # equal numbers of a million rows are kept once
def _number(text, whole):
    """Return the number that a text is, None if it is none or below 0."""
    try:
        number = float(text)
    except ValueError:
        return None
    if not (math.isfinite(number) and number >= 0):
        return None
    if not whole:
        return number
    return int(number) if number.is_integer() else None


def fill_spans(rows):
    """Completes duration, start and stop from the audio headers.

    A file that cannot be read gets the span 0-0, for `check_audio` to report
    together with all others.

    Arguments
    ---------
    rows : list of dict
        Manifest rows; changed in place.

    Example
    -------
    >>> row = {"wav": "/never/read.wav", "duration": 1.0, "stop": 16000}
    >>> fill_spans([row])
    >>> row["start"]
    0
    """
    absent = {"duration": math.nan, "start": -1, "stop": -1}
    given = {n: [row.get(n, a) for row in rows] for n, a in absent.items()}
    whole = with_spans(
        Rows(
            {
                "wav": Texts.of([row["wav"] for row in rows]),
                "duration": np.array(given["duration"], float),
                "start": _whole(given["start"]),
                "stop": _whole(given["stop"]),
            }
        )
    )
    for row, complete in zip(rows, whole):
        row.update({name: complete[name] for name in SPAN})


def with_spans(rows):
    """Complete columns as `fill_spans` completes a list of rows.

    Arguments
    ---------
    rows : Rows
        Manifest rows, whose spans are those of `parse_spans`.

    Returns
    -------
    Rows
    """
    count = len(rows)
    given = rows.columns
    duration = given.get("duration", np.full(count, math.nan))
    start = given.get("start", np.full(count, -1))
    stop = given.get("stop", np.full(count, -1))
    short = np.flatnonzero(np.isnan(duration) | (stop < 0))
    if len(short):
        span = duration[short], start[short], stop[short]
        span = _from_headers(rows.part(short), *span)
        large = any(column.dtype == object for column in span)
        kind = object if large else np.int64
        duration, start, stop = (
            duration.copy(),
            start.astype(kind),
            stop.astype(kind),
        )
        duration[short], start[short], stop[short] = span
    start = np.maximum(start, 0)
    return rows.having(duration=duration, start=start, stop=stop)


def _from_headers(rows, duration, start, stop):
    """Return duration, start and stop as the headers of the files complete them."""
    found = groups(rows, "wav")
    headers = read_headers(Column(rows.part(found.firsts), "wav"))
    frames, rate = headers.frames[found.codes], headers.rates[found.codes]
    bad = headers.bad[found.codes]
    rate = np.where(bad, 1, rate)
    both = (start >= 0) & ~np.isnan(duration)
    end = np.where(both, np.rint(np.nan_to_num(duration) * rate), 0).tolist()
    end = start + _whole(end)
    # Durations are often rounded to hundredths of a second
    inside = both & (abs(end - frames) > rate / 100)
    stop = np.where(stop >= 0, stop, np.where(inside, end, frames))
    start = np.where(bad, 0, np.maximum(start, 0))
    stop = np.where(bad, 0, stop)
    whole = ((stop - start) / rate).astype(float)
    duration = np.where(np.isnan(duration), whole, duration)
    return np.where(bad, 0.0, duration), start, stop
