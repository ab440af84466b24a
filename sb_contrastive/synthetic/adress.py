"""Writes synthetic interviews in the on-disk layout of ADReSS 2020."""

import os
from functools import partial

from speechbrain.utils.parallel import get_available_cpu_count, parallel_map

from sb_contrastive.progress import bar_options
from sb_contrastive.synthetic.interviews import Interview, record_interview
from sb_contrastive.synthetic.speech.voice import stream
from sb_contrastive.synthetic.wave_files import (
    claim_folder,
    write_notice,
    write_text,
)


def write_adress(folder, seed=0, train=40, test=16, seconds=24.0, jobs=None):
    """Writes a synthetic corpus that a parser of ADReSS 2020 takes for the real
    one: interviews, chunks, transcripts, and the tables of both parts. Age and
    sex are matched between the classes.

    Arguments
    ---------
    folder : str
        Becomes the root, as `ADReSS-IS2020-data`; absent or empty.
    seed : int
        Seed of voices and words.
    train, test : int
        Subjects of each part, half of them with the condition.
    seconds : float
        Mean length of an interview.
    jobs : int
        Number of processes; by default one for each processor.

    Returns
    -------
    folder : str
        The same folder.

    Raises
    ------
    ValueError
        When a part would be uneven, an interview too short for two turns, or
        the folder is not empty.

    Example
    -------
    >>> write_adress("unused", train=3)
    Traceback (most recent call last):
    ...
    ValueError: train is 3 and test 16: half of each have the condition, ...
    """
    if train % 2 or test % 2 or min(train, test) < 2:
        raise ValueError(
            f"train is {train} and test {test}: half of each have the"
            " condition, so give even numbers from 2 on."
        )
    if seconds < 10:
        raise ValueError(
            f"seconds is {seconds} but an interview has turns of two people:"
            " give 10 or more."
        )
    claim_folder(folder)
    interviews = _plan(seed, train, test, seconds)
    work = partial(record_interview, folder, seed)
    jobs = min(jobs or get_available_cpu_count(), len(interviews))
    bar = bar_options("Synthesising interviews (ADReSS layout)")
    transcripts = (
        map(work, interviews)
        if jobs == 1
        else parallel_map(work, interviews, jobs, 2, progress_bar_kwargs=bar)
    )
    for interview, text in zip(interviews, transcripts):
        place = (interview.part, "transcription", interview.folder)
        path = os.path.join(folder, *place, f"{interview.name}.cha")
        write_text(path, text)
    _write_tables(folder, interviews)
    write_notice(folder, "ADReSS", seed)
    return folder


def _plan(seed, train, test, seconds):
    """Draws the subjects of both parts: list of Interview."""
    rng = stream("layout", seed, 5)
    plan = []
    for part, count in ("train", train), ("test", test):
        first = 1 if part == "train" else 160
        ages = rng.integers(55, 80, count // 2)
        scores = {True: rng.integers(8, 25, count // 2)}
        scores[False] = rng.integers(27, 31, count // 2)
        # The real test part is not sorted by class
        order = rng.permutation(count) if part == "test" else range(count)
        for k, place in enumerate(order):
            ill, pair = place >= count // 2, place % (count // 2)
            plan.append(
                Interview(
                    f"S{first + k:03d}",
                    first + k,
                    part,
                    bool(ill),
                    int(ages[pair]),
                    ("female", "male")[pair % 2],
                    int(scores[ill][pair]),
                    seconds * rng.uniform(0.75, 1.25),
                )
            )
    return plan


def _write_tables(folder, interviews):
    """Writes the tables, with the uneven blanks and the two codes of sex that the real ones have."""
    tables = {
        "train/cc_meta_data.txt": "ID   ; age ; gender ;  mmse\n",
        "train/cd_meta_data.txt": "ID   ; age ; gender ;  mmse\n",
        "test/meta_data.txt": "ID   ; age ; gender\n",
        "test/test_results.txt": "ID   ; Prediction\n",
        "meta_data_test.txt": "ID   ; age ; gender ; Label ; mmse\n",
    }
    for one in interviews:
        if one.part == "train":
            # The real table lacks a control's score too
            mmse = "NA" if one.number == 1 else one.mmse
            line = f"{one.name} ;  {one.age} ;  {one.sex}  ;  {mmse}\n"
            tables[f"train/{one.folder}_meta_data.txt"] += line
            continue
        sex = int(one.sex == "female")
        tables["test/meta_data.txt"] += f"{one.name} ; {one.age} ; {one.sex}\n"
        tables["test/test_results.txt"] += f"{one.name} ;\n"
        tables["meta_data_test.txt"] += (
            f"{one.name} ; {one.age} ; {sex} ; {int(one.ill)} ; {one.mmse}\n"
        )
    for name, text in tables.items():
        write_text(os.path.join(folder, *name.split("/")), text)
