"""Finds every unusable audio file before training starts, and converts those of another rate."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from math import gcd
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from scipy.signal import resample_poly
from speechbrain.utils.logger import get_logger
from speechbrain.utils.parallel import get_available_cpu_count, parallel_map

logger = get_logger(__name__)

LISTED = 20  # bad files printed; a wrong folder would print thousands


class Header(NamedTuple):
    """What the first bytes of an audio file say; `problem` is "" if usable."""

    frames: int = 0
    sample_rate: int = 0
    channels: int = 0
    subtype: str = ""
    problem: str = ""


def read_headers(paths, jobs=None):
    """Reads the headers of many audio files in parallel, decoding nothing.

    Arguments
    ---------
    paths : list of str
        Audio files.
    jobs : int, optional
        Threads; by default twice the processors, as most of the time is
        spent waiting for the disk.

    Returns
    -------
    list of Header
        In the order of `paths`; a file that is missing, unreadable or empty
        has its `problem` filled in.

    Example
    -------
    >>> read_headers(["no_such.wav"])[0].problem
    'missing'
    """
    return _in_threads(_read_header, paths, jobs, "headers")


def check_audio(
    rows,
    sample_rate=16000,
    on_bad_audio="stop",
    converted_folder=None,
    jobs=None,
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
    if on_bad_audio not in ("stop", "skip"):
        raise ValueError(
            f"on_bad_audio is 'stop' or 'skip', not {on_bad_audio!r}"
        )
    paths = list(dict.fromkeys(row["wav"] for row in rows))
    headers = dict(zip(paths, read_headers(paths, jobs)))
    floats = [p for p in paths if headers[p].subtype in ("FLOAT", "DOUBLE")]
    broken = dict(
        zip(floats, _in_threads(_find_nan, floats, jobs, "NaN check"))
    )
    reasons = [
        _problem(row, headers[row["wav"]]) or broken.get(row["wav"])
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
        copies = _convert_all(
            others, headers, sample_rate, converted_folder, jobs
        )
        reasons = [
            copies[row["wav"]][1].problem if row["wav"] in copies else ""
            for row in rows
        ]
        rows = _without_bad(rows, reasons, on_bad_audio)
    return [_at_rate(row, headers, copies, sample_rate) for row in rows]


def _in_threads(function, items, jobs, title):
    """Maps a function over items; a progress bar appears when they are many."""
    # Threads do: libsndfile works with the interpreter lock released
    jobs = jobs or 2 * get_available_cpu_count()
    with ThreadPoolExecutor(jobs) as pool:
        return list(
            parallel_map(
                function,
                items,
                executor=pool,
                progress_bar=len(items) > 500,
                progress_bar_kwargs={"desc": title, "unit": "file"},
            )
        )


def _read_header(path):
    if not os.path.isfile(path):
        return Header(problem="missing")
    try:
        info = soundfile.info(str(path))
    except (soundfile.SoundFileError, TypeError) as error:
        reason = getattr(error, "error_string", error)
        return Header(problem=f"unreadable ({str(reason).rstrip('.')})")
    problem = "" if info.frames else "empty"
    if info.frames > 2**62:
        problem = "of unknown length (written to a pipe; re-encode it)"
    return Header(
        info.frames, info.samplerate, info.channels, info.subtype, problem
    )


def _find_nan(path):
    """Returns "" or the reason why the samples of a file cannot be used."""
    try:
        blocks = soundfile.blocks(path, blocksize=2**18)
        finite = all(np.isfinite(block).all() for block in blocks)
    except soundfile.SoundFileError as error:
        return f"unreadable ({error})"
    return "" if finite else "holds NaN or infinity"


def _problem(row, header):
    if header.problem:
        return header.problem
    start, stop = row["start"], row["stop"]
    if not 0 <= start < stop <= header.frames:
        return f"span {start}-{stop} outside its {header.frames} samples"
    return ""


def _without_bad(rows, reasons, on_bad_audio):
    bad = [(row, reason) for row, reason in zip(rows, reasons) if reason]
    if not bad:
        return rows
    # A file cut into many spans is still one bad file
    lines = list(
        dict.fromkeys(
            f"  {row['wav']}: {reason} ({row.get('source', row['ID'])})"
            for row, reason in bad
        )
    )
    listed = "\n".join(lines[:LISTED])
    if len(lines) > LISTED:
        listed += f"\n  and {len(lines) - LISTED} more"
    count = f"{len(bad)} of {len(rows)} utterances"
    if on_bad_audio == "stop" or len(bad) == len(rows):
        raise ValueError(
            f"{count} have unusable audio; mend or remove them, or leave"
            f" them out with on_bad_audio='skip':\n{listed}"
            if len(bad) < len(rows)
            else f"{count} have unusable audio, so none is left; is the data"
            f" folder right?\n{listed}"
        )
    logger.warning("%s left out, their audio is unusable:\n%s", count, listed)
    return [row for row, reason in zip(rows, reasons) if not reason]


def _convert_all(paths, headers, sample_rate, folder, jobs):
    """Returns {path: (copy, header of the copy)}."""
    if folder is None:
        header = headers[paths[0]]
        raise ValueError(
            f"{len(paths)} files are not {sample_rate} Hz mono (the first,"
            f" {paths[0]}, has {header.sample_rate} Hz and {header.channels}"
            " channel(s)); name a converted_folder for their copies, or"
            " convert them beforehand"
        )
    folder = Path(folder).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    names = [_copy_name(path, sample_rate) for path in paths]
    targets = [(folder / name).as_posix() for name in names]
    todo = [
        (path, target)
        for path, target in zip(paths, targets)
        if not os.path.exists(target)
    ]
    errors = _in_threads(
        lambda pair: _convert(*pair, sample_rate), todo, jobs, "converting"
    )
    problems = {target: e for (_, target), e in zip(todo, errors) if e}
    logger.info(
        "%d files converted to %d Hz mono in %s, %d copies reused",
        len(todo) - len(problems),
        sample_rate,
        folder,
        len(paths) - len(todo),
    )
    copied = [
        Header(problem=problems[t]) if t in problems else _read_header(t)
        for t in targets
    ]
    return dict(zip(paths, zip(targets, copied)))


def _copy_name(path, sample_rate):
    stat = os.stat(path)
    key = f"{path}|{stat.st_mtime_ns}|{stat.st_size}|{sample_rate}"
    return hashlib.sha256(key.encode()).hexdigest()[:24] + ".flac"


def _convert(path, target, sample_rate):
    """Writes the copy at once or not at all; returns "" or what is wrong."""
    try:
        samples, rate = soundfile.read(path, always_2d=True)  # [S, channels]
    except soundfile.SoundFileError as error:
        return f"unreadable ({error})"
    divisor = gcd(rate, sample_rate)
    samples = resample_poly(
        samples.mean(axis=1), sample_rate // divisor, rate // divisor
    )
    # Integers clip: a file beyond full scale is turned down, not distorted
    samples /= max(1.0, np.abs(samples).max())
    # The process number keeps two runs that share the folder apart
    partial = f"{target}.{os.getpid()}.part"
    soundfile.write(partial, samples, sample_rate, "PCM_16", format="FLAC")
    os.replace(partial, target)
    return ""


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
