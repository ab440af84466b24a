"""Finds every unusable audio file before training starts."""

from pathlib import Path

import numpy as np

from sb_contrastive.data.audio.bad_audio import check_choice, report_bad
from sb_contrastive.data.audio.conversion import convert_all
from sb_contrastive.data.audio.headers import read_headers
from sb_contrastive.data.audio.sound import find_fault
from sb_contrastive.data.audio.threads import each_in_threads
from sb_contrastive.data.columns.access import (
    Column,
    having,
    numbers,
    part,
    values,
)
from sb_contrastive.data.columns.groups import groups
from sb_contrastive.data.columns.texts import TextBuilder
from sb_contrastive.data.columns.used_spans import UsedSpans
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
    rows : Rows or list of dict
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
    Rows or list of dict
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
    start, stop = numbers(rows, "start"), numbers(rows, "stop")
    file, firsts = groups(rows, "wav")
    paths = Column(part(rows, firsts), "wav")
    headers = read_headers(paths, jobs)
    reasons = {
        row: _problem(rows[row], headers[file[row]], shortest)
        for row in _wrong_spans(file, headers, start, stop, shortest)
    }
    used = UsedSpans(file, start, stop, without=list(reasons))
    own = (headers.rates == sample_rate) & (headers.channels == 1)

    def fault_of(number):
        spans = used.spans(number) if silence_is_bad else ()
        return find_fault(paths[number], spans, decode=own[number])

    found = each_in_threads(fault_of, used.files, jobs, "checking audio")
    faults = {n: fault for n, fault in zip(used.files, found) if fault}
    for number, fault in faults.items():
        reasons |= {row: _fault(rows[row], fault) for row in used.rows(number)}
    others = [n for n in used.files if not own[n] and n not in faults]
    copies = {}
    if others:
        given = {paths[number]: headers[number] for number in others}
        made = convert_all(
            list(given), given, sample_rate, converted_folder, jobs
        )
        copies = {n: made[path] for n, path in zip(others, given)}
    for number, (_, copy) in copies.items():
        if copy.problem:
            reasons |= dict.fromkeys(used.rows(number), copy.problem)
    bad = sorted(row for row, reason in reasons.items() if reason)
    report = [
        f"{rows[row]['wav']}: {reasons[row]}{_listed(rows[row])}" for row in bad
    ]
    report_bad(report, len(rows), on_bad_audio)
    if bad:
        good = np.ones(len(rows), bool)
        good[bad] = False
        rows, file = part(rows, good), file[good]
    return _at_rate(rows, file, headers, copies, sample_rate)


def _listed(row):
    """Says where a file is listed, unless the user has named it by itself."""
    place = source_of(row)
    named = Path(place).absolute() == Path(row["wav"])
    return "" if named else f" ({place})"


def _wrong_spans(file, headers, start, stop, shortest):
    """List the rows whose span is not one of their file's."""
    unreadable, frames = headers.bad[file], headers.frames[file]
    seconds = (stop - start) / np.where(unreadable, 1, headers.rates[file])
    inside = (0 <= start) & (start < stop) & (stop <= frames)
    return np.flatnonzero(unreadable | ~inside | (seconds < shortest)).tolist()


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


def _at_rate(rows, file, headers, copies, sample_rate):
    """Makes rows say where their audio is after the conversion."""
    start = numbers(rows, "start").astype(np.int64)
    stop = numbers(rows, "stop").astype(np.int64)
    columns = {}
    if copies:
        copied = np.isin(file, list(copies))
        frames = np.zeros(len(headers), np.int64)
        frames[list(copies)] = [copy.frames for _, copy in copies.values()]
        factor = sample_rate / headers.rates[file]
        # A cut span ends where it was cut, a whole one with the copy
        cut = np.minimum(np.rint(stop * factor), frames[file])
        last = np.where(stop < headers.frames[file], cut, frames[file])
        first = np.floor(start * factor)
        # A span of a sample or two must not vanish when rates go down
        last = np.maximum(last, first + 1)
        start = np.where(copied, first, start).astype(np.int64)
        stop = np.where(copied, last, stop).astype(np.int64)
        wavs = TextBuilder()
        wavs.add(
            [
                copies[number][0] if number in copies else wav
                for number, wav in zip(file.tolist(), values(rows, "wav"))
            ]
        )
        columns = {"wav": wavs.column(), "start": start, "stop": stop}
    return having(rows, **columns, duration=(stop - start) / sample_rate)
