"""Finds every unusable audio file before training starts."""

import numpy as np
import soundfile

from sb_contrastive.data.audio.bad_audio import check_choice, report_bad
from sb_contrastive.data.audio.conversion import convert_all
from sb_contrastive.data.audio.headers import read_headers
from sb_contrastive.data.audio.threads import in_threads
from sb_contrastive.data.manifests.source import source_of

FLOATS = ("FLOAT", "DOUBLE")  # subtypes whose samples may be NaN


def check_audio(
    rows,
    sample_rate=16000,
    on_bad_audio="stop",
    converted_folder=None,
    jobs=None,
    shortest=0.0,
):
    """Checks the audio of a manifest and makes all of it mono, at one rate.

    Only headers are read, except for files of floating-point samples, which
    may hold NaN, and files to convert. A file is bad when it is missing,
    unreadable or empty, when a span lies outside it, or when it holds NaN or
    infinity.

    Arguments
    ---------
    rows : list of dict
        Manifest rows; left unchanged.
    sample_rate : int
        Rate of the returned rows in Hz.
    on_bad_audio : str
        "stop" raises with one report of all bad files; "skip" leaves their
        rows out and logs the report as a warning.
    converted_folder : str or Path, optional
        Where 16 bit FLAC copies of files with another rate or several
        channels are kept. A copy is named after path, time and size of its
        original, hence made once.
    jobs : int, optional
        Threads.
    shortest : float
        Seconds below which an utterance is bad: convolutions need some frames.

    Returns
    -------
    list of dict
        Rows with `start` and `stop` in samples at `sample_rate`, and
        `duration` the length of that span in seconds.

    Raises
    ------
    ValueError
        When files are bad, or need converting without a `converted_folder`.

    Example
    -------
    >>> path = str(getfixture("tmp_path") / "tone.wav")
    >>> soundfile.write(path, np.zeros((8000, 2)), 8000)
    >>> row = {"ID": "tone", "wav": path, "start": 0, "stop": 8000}
    >>> folder = getfixture("tmp_path") / "converted"
    >>> check_audio([row], converted_folder=folder)[0]["stop"]
    16000
    """
    check_choice(on_bad_audio)
    paths = list(dict.fromkeys(row["wav"] for row in rows))
    headers = dict(zip(paths, read_headers(paths, jobs)))
    floats = [p for p in paths if headers[p].subtype in FLOATS]
    broken = dict(zip(floats, in_threads(find_nan, floats, jobs, "NaN check")))
    reasons = [
        _problem(row, headers[row["wav"]], shortest) or broken.get(row["wav"])
        for row in rows
    ]
    rows = _without_bad(rows, reasons, on_bad_audio)

    others = [
        path
        for path in dict.fromkeys(row["wav"] for row in rows)
        if headers[path][1:3] != (sample_rate, 1)
    ]
    copies = {}
    if others:
        copies = convert_all(
            others, headers, sample_rate, converted_folder, jobs
        )
        reasons = [
            copies[row["wav"]][1].problem if row["wav"] in copies else ""
            for row in rows
        ]
        rows = _without_bad(rows, reasons, on_bad_audio)
    return [_at_rate(row, headers, copies, sample_rate) for row in rows]


def find_nan(path):
    """Decodes a file, block by block; returns "" or the reason why its samples
    cannot be used."""
    try:
        blocks = soundfile.blocks(path, blocksize=2**18)
        finite = all(np.isfinite(block).all() for block in blocks)
    except soundfile.SoundFileError as error:
        return f"unreadable ({error})"
    return "" if finite else "holds NaN or infinity"


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


def _without_bad(rows, reasons, on_bad_audio):
    """Reports the rows that have a reason and leaves them out."""
    bad = [
        f"{row['wav']}: {reason} ({source_of(row)})"
        for row, reason in zip(rows, reasons)
        if reason
    ]
    report_bad(bad, len(rows), on_bad_audio)
    return [row for row, reason in zip(rows, reasons) if not reason]


def _at_rate(row, headers, copies, sample_rate):
    """Makes the row say where its audio is after the conversion."""
    row = dict(row)
    path, start, stop = row["wav"], row["start"], row["stop"]
    if path in copies:
        row["wav"], copy = copies[path]
        factor = sample_rate / headers[path].sample_rate
        row["start"] = int(start * factor)
        row["stop"] = copy.frames
        if stop < headers[path].frames:
            row["stop"] = min(round(stop * factor), copy.frames)
        # A span of a sample or two must not vanish when rates go down
        row["stop"] = max(row["stop"], row["start"] + 1)
    row["duration"] = (row["stop"] - row["start"]) / sample_rate
    return row
