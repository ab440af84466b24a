"""Finds every unusable audio file before training starts."""

from collections import defaultdict
from pathlib import Path

from sb_contrastive.data.audio.bad_audio import check_choice, report_bad
from sb_contrastive.data.audio.conversion import convert_all
from sb_contrastive.data.audio.headers import read_headers
from sb_contrastive.data.audio.sound import find_fault
from sb_contrastive.data.audio.threads import in_threads
from sb_contrastive.data.manifests.source import source_of


def check_audio(
    rows,
    sample_rate=16000,
    on_bad_audio="stop",
    converted_folder=None,
    jobs=None,
    shortest=0.0,
    silence_is_bad=True,
):
    """Checks the audio of a manifest and makes all of it mono, at one rate.

    A file is bad when it is missing, unreadable, empty or damaged, when its
    name is not UTF-8, when a span lies outside it or holds no sound, or when it
    holds NaN, infinity or numbers too large for float32. Of files of plain
    integers little more than the header is read; files of floats, compressed
    ones and those to be converted are decoded to their end.

    Arguments
    ---------
    rows : list of dict
        Manifest rows; left unchanged.
    sample_rate : int
        Rate of the returned rows in Hz.
    on_bad_audio : str
        "stop" raises with one report of all bad files; "skip" leaves their
        rows out and logs the report as a warning; "refuse" raises where none
        may be left out, and says so.
    converted_folder : str or Path, optional
        Where FLAC copies of files with another rate or several channels are
        kept. A copy is named after path, time and size of its original, hence
        made once.
    jobs : int, optional
        Threads.
    shortest : float
        Seconds below which an utterance is bad: convolutions need some frames.
    silence_is_bad : bool
        Whether a span without any sound is bad; not so for spans that will be
        joined with others.

    Returns
    -------
    list of dict
        Rows with `start` and `stop` in samples at `sample_rate`, and
        `duration` the length of that span in seconds. Rows that are right as
        they are, are not copied.

    Raises
    ------
    ValueError
        When files are bad, or need converting without a `converted_folder`.

    Example
    -------
    >>> import numpy as np, soundfile
    >>> path = str(getfixture("tmp_path") / "tone.wav")
    >>> tone = np.sin(np.arange(8000))
    >>> soundfile.write(path, np.stack([tone, 0.5 * tone], axis=1), 8000)
    >>> row = {"ID": "tone", "wav": path, "start": 0, "stop": 8000}
    >>> folder = getfixture("tmp_path") / "converted"
    >>> check_audio([row], converted_folder=folder)[0]["stop"]
    16000
    """
    check_choice(on_bad_audio)
    paths = list(dict.fromkeys(row["wav"] for row in rows))
    headers = dict(zip(paths, read_headers(paths, jobs)))
    reasons = [_problem(row, headers[row["wav"]], shortest) for row in rows]
    spans = defaultdict(list)
    for row, reason in zip(rows, reasons):
        if not reason:
            spans[row["wav"]].append((row["start"], row["stop"]))
    others = {p for p in spans if headers[p][1:3] != (sample_rate, 1)}
    faults = in_threads(
        lambda path: find_fault(
            path, spans[path] * silence_is_bad, decode=path not in others
        ),
        list(spans),
        jobs,
        "checking audio",
    )
    faults = {path: fault for path, fault in zip(spans, faults) if fault}
    reasons = [
        reason or _fault(row, faults.get(row["wav"], ""))
        for row, reason in zip(rows, reasons)
    ]
    total = len(rows)
    copies = {}
    others = [path for path in spans if path in others and path not in faults]
    if others:
        copies = convert_all(
            others, headers, sample_rate, converted_folder, jobs
        )
        reasons = [
            reason or (w in copies and copies[w][1].problem) or ""
            for reason, w in zip(reasons, (row["wav"] for row in rows))
        ]
    bad = [
        f"{row['wav']}: {reason}{_listed(row)}"
        for row, reason in zip(rows, reasons)
        if reason
    ]
    report_bad(bad, total, on_bad_audio)
    return [
        _at_rate(row, headers, copies, sample_rate)
        for row, reason in zip(rows, reasons)
        if not reason
    ]


def _listed(row):
    """Says where a file is listed, unless the user has named it by itself."""
    place = source_of(row)
    named = Path(place).absolute() == Path(row["wav"])
    return "" if named else f" ({place})"


def _problem(row, header, shortest):
    """Says what is wrong with the audio of a row, by the header of its file."""
    if header.problem:
        return header.problem
    start, stop = row["start"], row["stop"]
    if not 0 <= start < stop <= header.frames:
        return f"span {start}-{stop} outside its {header.frames} samples"
    seconds = (stop - start) / header.sample_rate
    if seconds < shortest:
        return f"lasts {seconds:.3f} s, less than {shortest} s"
    return ""


def _fault(row, fault):
    """Says what is wrong with a row, by what `find_fault` says of its file."""
    if isinstance(fault, dict):
        return fault.get((row["start"], row["stop"]), "")
    return fault


def _at_rate(row, headers, copies, sample_rate):
    """Makes the row say where its audio is after the conversion."""
    path, start, stop = row["wav"], row["start"], row["stop"]
    if path in copies:
        row = dict(row)
        row["wav"], copy = copies[path]
        factor = sample_rate / headers[path].sample_rate
        row["start"] = int(start * factor)
        row["stop"] = copy.frames
        if stop < headers[path].frames:
            row["stop"] = min(round(stop * factor), copy.frames)
        # A span of a sample or two must not vanish when rates go down
        row["stop"] = max(row["stop"], row["start"] + 1)
    duration = (row["stop"] - row["start"]) / sample_rate
    if row.get("duration") != duration:
        row = {**row, "duration": duration}
    return row
