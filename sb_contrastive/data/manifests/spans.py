"""Completes the place of an utterance in its file: start, stop and duration."""

import math
from functools import lru_cache

from sb_contrastive.data.audio.headers import read_headers
from sb_contrastive.data.manifests.source import SOURCE


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
    for name in ("duration", "start", "stop"):
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
    short = [row for row in rows if not {"duration", "stop"} <= row.keys()]
    paths = list(dict.fromkeys(row["wav"] for row in short))
    headers = dict(zip(paths, read_headers(paths)))
    for row in short:
        header = headers[row["wav"]]
        if header.problem:
            row.update(start=0, stop=0, duration=0.0)
            continue
        rate = header.sample_rate
        if "stop" not in row:
            row["stop"] = header.frames
            if "start" in row and "duration" in row:
                stop = row["start"] + round(row["duration"] * rate)
                # Durations are often rounded to hundredths of a second
                if abs(stop - header.frames) > rate / 100:
                    row["stop"] = stop
        row.setdefault("start", 0)
        row.setdefault("duration", (row["stop"] - row["start"]) / rate)
    for row in rows:
        row.setdefault("start", 0)
