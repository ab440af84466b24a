"""Finds every unusable audio file before training starts."""

import numpy as np
import soundfile
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.audio.conversion import convert_all
from sb_contrastive.data.audio.headers import read_headers
from sb_contrastive.data.audio.threads import in_threads
from sb_contrastive.data.manifests.source import source_of

logger = get_logger(__name__)

FLOATS = ("FLOAT", "DOUBLE")  # subtypes whose samples may be NaN
LISTED = 20  # bad files printed; a wrong folder would print thousands


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


def check_choice(on_bad_audio):
    """Refuses anything but "stop" and "skip".

    Arguments
    ---------
    on_bad_audio : str
        As for `check_audio`.

    Raises
    ------
    ValueError
        When it is neither.
    """
    if on_bad_audio not in ("stop", "skip"):
        raise ValueError(
            f"on_bad_audio is 'stop' or 'skip', not {on_bad_audio!r}"
        )


def find_nan(path):
    """Decodes a file, block by block, to see whether its samples are numbers.

    Arguments
    ---------
    path : str
        Audio file.

    Returns
    -------
    str
        "" or the reason why its samples cannot be used.
    """
    try:
        blocks = soundfile.blocks(path, blocksize=2**18)
        finite = all(np.isfinite(block).all() for block in blocks)
    except soundfile.SoundFileError as error:
        return f"unreadable ({error})"
    return "" if finite else "holds NaN or infinity"


def _problem(row, header, shortest):
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
    bad = [
        f"{row['wav']}: {reason} ({source_of(row)})"
        for row, reason in zip(rows, reasons)
        if reason
    ]
    report_bad(bad, len(rows), on_bad_audio)
    return [row for row, reason in zip(rows, reasons) if not reason]


def report_bad(bad, total, on_bad_audio):
    """Stops, or warns, with one report of all utterances that cannot be used.

    Arguments
    ---------
    bad : list of str
        One line per utterance: its file, what is wrong, where it is listed.
    total : int
        Utterances looked at.
    on_bad_audio : str
        "stop" or "skip", as for `check_audio`.

    Raises
    ------
    ValueError
        When there are bad ones and they may not be skipped, or all are bad.

    Example
    -------
    >>> report_bad(["/a.wav: empty (a)"], 2, "stop")
    Traceback (most recent call last):
    ...
    ValueError: 1 of 2 utterances have unusable audio; mend or remove them, ...
      /a.wav: empty (a)
    """
    if not bad:
        return
    # A file cut into many spans is still one bad file
    lines = list(dict.fromkeys(bad))
    listed = "\n".join(f"  {line}" for line in lines[:LISTED])
    if len(lines) > LISTED:
        listed += f"\n  and {len(lines) - LISTED} more"
    count = f"{len(bad)} of {total} utterances"
    if on_bad_audio == "stop" or len(bad) == total:
        raise ValueError(
            f"{count} have unusable audio; mend or remove them, or leave"
            f" them out with on_bad_audio='skip':\n{listed}"
            if len(bad) < total
            else f"{count} have unusable audio, so none is left; is the data"
            f" folder right?\n{listed}"
        )
    logger.warning("%s left out, their audio is unusable:\n%s", count, listed)


def _at_rate(row, headers, copies, sample_rate):
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
