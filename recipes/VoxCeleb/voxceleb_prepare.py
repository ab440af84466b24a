#!/usr/bin/env python3
"""Prepares VoxCeleb1, VoxCeleb2 or both for training speaker embeddings.

Writes one CSV of the utterances of all development speakers, without those of
the trial lists; on request also CSVs of held-out speakers and of the trials'
utterances. Only headers are read.

How to get the corpus: https://www.robots.ox.ac.uk/~vgg/data/voxceleb/

Reference: A. Nagrani, J. S. Chung, W. Xie, A. Zisserman, "VoxCeleb: large-scale
speaker verification in the wild", Computer Speech & Language 60, 2020.

Authors
 * The sb_contrastive developers 2026
"""

import csv
import hashlib
import io
import json
import os
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.audio_check import (
    FLOATS,
    check_choice,
    find_nan,
    report_bad,
)
from sb_contrastive.data.audio_headers import read_header
from sb_contrastive.data.manifests import COLUMNS
from sb_contrastive.data.threads import in_threads
from sb_contrastive.data.utterance_ids import safe_id
from sb_contrastive.data.voxceleb_layout import (
    SPEAKER,
    as_list,
    find_speakers,
    find_trials,
    utterances_of,
)
from sb_contrastive.files import write_atomically

logger = get_logger(__name__)


def prepare_voxceleb(
    data_folder,
    save_csv,
    valid_csv=None,
    test_csv=None,
    trials=("O",),
    validation_speakers=0,
    chunk_seconds=None,
    min_seconds=None,
    min_amplitude=None,
    on_bad_audio="stop",
    jobs=None,
    skip_prep=False,
):
    """Writes the manifest of VoxCeleb, or does nothing where one of the same
    settings is there already (delete it to prepare anew).

    Trained on are the speakers of the development part who are in none of the
    trial lists. The test part is what lies below a folder `test`, or beside a
    folder `dev`, and whom `vox1_meta.csv` or `vox2_meta.csv`, where present,
    put into it.

    Arguments
    ---------
    data_folder : str or Path, or list of them
        Root of VoxCeleb1, of VoxCeleb2, or of both, or one folder for each.
        Speakers may be in `wav`, in `dev/wav` and `test/wav`, in `dev/aac`
        and `test/aac`, with another folder (`voxceleb1`) above, or directly
        in the root. `$data_root` in the CSV stands for the folder; where
        several are given, paths are absolute.
    save_csv : str or Path
        CSV to write: ID,duration,wav,start,stop,spk_id,session, sorted. The
        ID is like id10001--1zcIwhmdeo4--00001, the session is the video.
    valid_csv : str or Path, optional
        CSV to write for `validation_speakers`.
    test_csv : str or Path, optional
        CSV to write for the utterances in the trial lists, whole.
    trials : list of str or Path
        Trial lists that will be scored: "O" (cleaned), "O_original", "E", "H"
        (cleaned), found by name in the data folder or beside it, or paths. E
        and H hold every speaker of VoxCeleb1.
    validation_speakers : int
        Development speakers kept out of training.
    chunk_seconds : float, optional
        Cuts training files into chunks of this length; the last one takes
        what is left, and shorter files stay whole.
    min_seconds : float, optional
        Leaves out training files shorter than this.
    min_amplitude : float, optional
        Leaves out training chunks whose mean absolute amplitude (full scale:
        1) is below this. Decodes every file; 5e-4 in SpeechBrain's recipe.
    on_bad_audio : str
        "stop" raises with one report of all unusable training files; "skip"
        leaves them out and logs the report. A trial list's are never left out.
    jobs : int, optional
        Threads; by default twice the processors.
    skip_prep : bool
        If True, nothing is done.

    Raises
    ------
    FileNotFoundError
        When there is no VoxCeleb, no such trial list, or a list names a file
        that is not there.
    ValueError
        When audio is still .m4a or otherwise unusable, an option or a list is
        wrong, or no speaker is left to train on.

    Example
    -------
    >>> prepare_voxceleb("voxceleb1", "train.csv")  # doctest: +SKIP
    """
    if skip_prep:
        return
    check_choice(on_bad_audio)
    if bool(valid_csv) != (validation_speakers > 0):
        raise ValueError(
            f"validation_speakers is {validation_speakers} and valid_csv is"
            f" {valid_csv}: give both or neither"
        )
    for name, value in ("chunk_seconds", chunk_seconds), ("jobs", jobs):
        if value is not None and value <= 0:
            raise ValueError(f"{name} must be above 0, got {value}")
    folders = as_list(data_folder)
    folders = [Path(os.path.abspath(Path(f).expanduser())) for f in folders]
    trials = [str(name) for name in as_list(trials)]
    if test_csv and not trials:
        raise ValueError("test_csv needs trials: name the lists it shall cover")
    settings = {
        "data_folder": [folder.as_posix() for folder in folders],
        "csv": [str(path) for path in (save_csv, valid_csv, test_csv)],
        "trials": trials,
        "validation_speakers": validation_speakers,
        "chunk_seconds": chunk_seconds,
        "min_seconds": min_seconds,
        "min_amplitude": min_amplitude,
        "on_bad_audio": on_bad_audio,
    }
    written = [Path(path) for path in (save_csv, valid_csv, test_csv) if path]
    record = Path(f"{save_csv}.settings.json")
    if _is_done(written, record, settings):
        logger.info("%s is prepared already with these settings", save_csv)
        return
    record.unlink(missing_ok=True)  # the CSVs are about to change

    root = folders[0] if len(folders) == 1 else None
    speakers, outside = find_speakers(folders)
    wanted = {}
    for name in trials:
        for key, source in trial_utterances(find_trials(folders, name)).items():
            wanted.setdefault(key, source)
    tests = _test_parts(wanted, speakers, root, jobs, bool(test_csv))
    tested = {part.speaker for part in tests}
    training = sorted(speakers.keys() - outside - tested)
    if len(training) <= validation_speakers:
        raise ValueError(
            f"{len(training)} development speakers are in none of the trial"
            f" lists {', '.join(trials)}, so none is left to train on with"
            f" {validation_speakers} held out; E and H hold all of VoxCeleb1:"
            " train on VoxCeleb2 then"
        )
    describe = partial(
        _describe,
        root=root,
        chunk_seconds=chunk_seconds,
        min_seconds=min_seconds,
        min_amplitude=min_amplitude,
    )
    listed = [(name, speakers[name]) for name in training]
    parts = in_threads(describe, listed, jobs, "headers", "speaker")
    bad = [line for part in parts for line in part.bad]
    report_bad(bad, sum(part.files for part in parts), on_bad_audio)
    _tell_dropped(parts, min_seconds, min_amplitude)
    held = set(_by_hash(training)[:validation_speakers])
    _write([part for part in parts if part.speaker not in held], save_csv)
    if valid_csv:
        _write([part for part in parts if part.speaker in held], valid_csv)
    if test_csv:
        _write(tests, test_csv)
    text = json.dumps(settings, indent=1)
    write_atomically(record, lambda path: path.write_text(text))


def trial_utterances(file):
    """Reads which utterances a trial list needs.

    Arguments
    ---------
    file : Path
        Lines like `1 id10270/x6uYqmx31kE/00001.wav id10270/8jEAjG6SegY/...`.

    Returns
    -------
    dict of str to str
        Utterance, without extension, -> where it is first named
        ("veri_test2.txt:1").

    Raises
    ------
    ValueError
        When a line is not as expected; the message names it.

    Example
    -------
    >>> file = getfixture("tmp_path") / "trials.txt"
    >>> _ = file.write_text("0 id1/-a--b/00001.wav id2/c/00001.wav\\n")
    >>> list(trial_utterances(file))
    ['id1/-a--b/00001', 'id2/c/00001']
    """
    wanted, known = {}, set()  # known: a path comes in dozens of lines
    with open(file, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            fields = line.split()
            if not fields:
                continue
            source = f"{Path(file).as_posix()}:{number}"
            if len(fields) != 3 or fields[0] not in ("0", "1"):
                raise ValueError(
                    f"{source} is not '1 enrol.wav test.wav' or '0 ...':"
                    f" {line.strip()!r}"
                )
            for path in fields[1:]:
                if path in known:
                    continue
                known.add(path)
                parts = path.split("/")
                if len(parts) != 3 or not SPEAKER.fullmatch(parts[0]):
                    raise ValueError(
                        f"{source} names {path!r}, which is not like"
                        " id10270/x6uYqmx31kE/00001.wav"
                    )
                wanted.setdefault(os.path.splitext(path)[0], source)
    if not wanted:
        raise ValueError(f"{file} lists no trial")
    return wanted


class _Part(NamedTuple):
    """What is written of one speaker. A million rows as objects would take
    gigabytes: `lines` is their text."""

    speaker: str
    lines: str
    rows: int
    seconds: float
    files: int
    bad: list
    short: int
    quiet: int


def _describe(
    listed,
    root=None,
    chunk_seconds=None,
    min_seconds=None,
    min_amplitude=None,
    only=None,
):
    """Reads the headers of a speaker's utterances, all or those in `only`."""
    speaker, folders = listed
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows = files = short = quiet = 0
    total, bad = 0.0, []
    for key, path in sorted(utterances_of(folders).items()):
        if only is not None and f"{speaker}/{key}" not in only:
            continue
        files += 1
        frames, rate, _, subtype, problem = read_header(path)
        if not problem and subtype in FLOATS:
            problem = find_nan(path)
        if problem:
            bad.append(f"{path}: {problem} ({speaker}/{key})")
            continue
        if min_seconds is not None and frames < min_seconds * rate:
            short += 1
            continue
        name = safe_id("--".join([speaker, *key.split("/")]))
        wav = Path(path).as_posix()
        if root is not None:
            wav = f"$data_root/{Path(path).relative_to(root).as_posix()}"
        for start, stop in _spans(frames, rate, chunk_seconds):
            if min_amplitude is not None:
                samples, _ = soundfile.read(path, stop - start, start)
                if np.abs(samples).mean() < min_amplitude:
                    quiet += 1
                    continue
            whole = chunk_seconds is None
            chunk = name if whole else f"{name}_{start}_{stop}"
            seconds = (stop - start) / rate
            session = key.split("/")[0]
            row = (chunk, seconds, wav, start, stop, speaker, session)
            writer.writerow(row)
            rows += 1
            total += seconds
    lines = text.getvalue()
    return _Part(speaker, lines, rows, total, files, bad, short, quiet)


def _spans(frames, rate, chunk_seconds):
    """Samples (start, stop) of the chunks of a file, end to end."""
    if chunk_seconds is None:
        return [(0, frames)]
    length = max(round(chunk_seconds * rate), 1)
    count = max(frames // length, 1)
    starts = [length * k for k in range(count)]
    return list(zip(starts, [*starts[1:], frames]))


def _test_parts(wanted, speakers, root, jobs, read):
    """Checks that the audio of the trials is there, and describes it if it
    is to be read."""
    names = sorted({key.split("/")[0] for key in wanted})
    there = [(name, speakers[name]) for name in names if name in speakers]
    lists = in_threads(
        lambda item: list(utterances_of(item[1])),
        there,
        jobs,
        "trial files",
        "speaker",
    )
    present = {
        f"{name}/{key}" for (name, _), keys in zip(there, lists) for key in keys
    }
    missing = [key for key in wanted if key not in present]
    if missing:
        first = missing[0]
        raise FileNotFoundError(
            f"{wanted[first]} names {first}, which is not in the data folder,"
            f" as are {len(missing)} of {len(wanted)} utterances of the trial"
            " lists; E and H need the development part of VoxCeleb1 too"
        )
    if not read:
        return [_Part(name, "", 0, 0.0, 0, [], 0, 0) for name in names]
    describe = partial(_describe, root=root, only=wanted)
    parts = in_threads(describe, there, jobs, "trials", "speaker")
    bad = [line for part in parts for line in part.bad]
    report_bad(bad, len(wanted), "stop")
    return parts


def _by_hash(speakers):
    """An order that has nothing to do with names, and is always the same."""
    return sorted(
        speakers, key=lambda name: hashlib.blake2b(name.encode()).digest()
    )


def _tell_dropped(parts, min_seconds, min_amplitude):
    short = sum(part.short for part in parts)
    quiet = sum(part.quiet for part in parts)
    if short:
        logger.warning("%d files left out, below %s s", short, min_seconds)
    if quiet:
        logger.warning(
            "%d chunks left out, mean amplitude below %s", quiet, min_amplitude
        )


def _write(parts, path):
    rows = sum(part.rows for part in parts)
    if not rows:
        raise ValueError(f"there is no utterance to write to {path}")

    def write(partial_path):
        with open(partial_path, "w", encoding="utf-8", newline="") as file:
            file.write(",".join([*COLUMNS, "spk_id", "session"]) + "\n")
            file.writelines(part.lines for part in parts)

    write_atomically(path, write)
    logger.info(
        "%s: %d utterances of %d speakers, %.1f h",
        path,
        rows,
        sum(part.rows > 0 for part in parts),
        sum(part.seconds for part in parts) / 3600,
    )


def _is_done(written, record, settings):
    if not record.is_file() or not all(path.is_file() for path in written):
        return False
    return json.loads(record.read_text(encoding="utf-8")) == settings
