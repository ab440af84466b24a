"""Writes synthetic interviews in the on-disk layout of ADReSS 2020: half of the
participants pause longer, speak more slowly and hesitate."""

import os
import re
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import soundfile
from speechbrain.utils.parallel import get_available_cpu_count, parallel_map

from sb_contrastive.synthetic.phrases import compose
from sb_contrastive.synthetic.synthesis import (
    LOUDEST_PEAK,
    SAMPLE_RATE,
    background,
    render,
)
from sb_contrastive.synthetic.voice import (
    act,
    draw_channel,
    draw_voice,
    stream,
)
from sb_contrastive.synthetic.wave_files import (
    claim_folder,
    write_notice,
    write_text,
)

FIRST_SPEAKER = 20000  # far from the voices of IEMOCAP's and VoxCeleb's layout
INTERVIEWERS = 4
FULL, CHUNKS = "Full_wave_enhanced_audio", "Normalised_audio-chunks"
# How the condition is imitated, logarithms of factors: a fifth slower, pauses
# more than twice as long; the probability of an "uh" after a phrase
SLOWER, LONGER_PAUSES, HESITATION = -0.2, 0.8, 0.4
CONTROL_HESITATION = 0.1
CHAT_HEADER = """\
@UTF8
@Begin
@Languages:\teng
@Participants:\tPAR Participant, INV Investigator
@ID:\teng|Synthetic|PAR|{age};|{sex}|{group}||Participant||{mmse}|
@ID:\teng|Synthetic|INV|||||Investigator|||
"""


@dataclass(frozen=True)
class Interview:
    """One recording: its subject and number, part ("train" or "test"), whether
    the subject has the condition, age (years), sex, MMSE and length (s)."""

    name: str
    number: int
    part: str
    ill: bool
    age: int
    sex: str
    mmse: int
    seconds: float

    @property
    def folder(self):
        """The level of the class, which the test part does not have."""
        return ("cc", "cd")[self.ill] if self.part == "train" else ""


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
    work = partial(_record, folder, seed)
    jobs = min(jobs or get_available_cpu_count(), len(interviews))
    bar = {"desc": "Synthesising interviews (ADReSS layout)", "unit": "file"}
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


def _record(folder, seed, interview):
    """Writes the recording and its chunks; returns the transcript."""
    rng = stream("utterance", seed, FIRST_SPEAKER, interview.number)
    channel = draw_channel(seed, FIRST_SPEAKER + interview.number)
    sex = interview.sex[0].upper()
    speakers = {
        "PAR": draw_voice(seed, FIRST_SPEAKER + interview.number, sex),
        "INV": draw_voice(
            seed, FIRST_SPEAKER + 1000 + interview.number % INTERVIEWERS
        ),
    }
    pieces, lines, clock = [], [], 0.0
    while clock < interview.seconds:
        asks = len(lines) % 2 == 0
        who = "INV" if asks else "PAR"
        length = rng.uniform(1.2, 2.5) if asks else rng.uniform(5.0, 9.0)
        ill = interview.ill and not asks
        speech, text = _turn(speakers[who], ill, length, channel, rng)
        gap = np.zeros(round(rng.uniform(0.2, 0.6) * SAMPLE_RATE))
        pieces += [gap, speech]
        start = clock + len(gap) / SAMPLE_RATE
        clock = start + len(speech) / SAMPLE_RATE
        lines.append((who, text, round(1000 * start), round(1000 * clock)))
    samples = np.concatenate(pieces)
    samples += background(len(samples), channel, rng)
    samples *= min(1.0, LOUDEST_PEAK / np.abs(samples).max())
    place = (interview.part, FULL, interview.folder, f"{interview.name}.wav")
    _write(os.path.join(folder, *place), samples)
    turns = [line for line in lines if line[0] == "PAR"]
    for number, (_, _, start, end) in enumerate(turns):
        chunk = samples[16 * start : 16 * end]
        name = f"{interview.name}-{number}-{start}-{end}-1-0-{end - start}.wav"
        place = (interview.part, CHUNKS, interview.folder, name)
        _write(os.path.join(folder, *place), 0.9 * chunk / abs(chunk).max())
    return _transcript(interview, lines)


def _turn(voice, ill, seconds, channel, rng):
    """Clean speech of one turn [S], and its syllables."""
    effect = act(voice, "neu", rng)
    # Not everyone has it alike, and age alone does some of it
    strength = rng.uniform(0.6, 1.4) if ill else rng.uniform(-0.2, 0.2)
    effect = replace(
        effect,
        rate=effect.rate + strength * SLOWER,
        pause=effect.pause + strength * LONGER_PAUSES,
    )
    hesitation = HESITATION if ill else CONTROL_HESITATION
    tracks = compose(voice, effect, seconds, rng, hesitation)
    speech = render(tracks, voice, effect, channel, rng)
    return speech * 10 ** ((voice.level_db + effect.level) / 20), tracks.text


def _write(path, samples):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    pcm = np.round(samples * 32767).astype(np.int16)
    soundfile.write(path, pcm, SAMPLE_RATE, subtype="PCM_16", format="WAV")


def _transcript(interview, lines):
    group = ("Control", "ProbableAD")[interview.ill]
    text = CHAT_HEADER.format(
        age=interview.age,
        sex=interview.sex,
        group=group if interview.part == "train" else "",
        mmse=interview.mmse if interview.part == "train" else "",
    )
    for who, words, start, end in lines:
        words = re.sub(r"\buh\b", "&uh", words)
        text += f"*{who}:\t{words} . \x15{start}_{end}\x15\n"
    return text + "@End\n"


def _write_tables(folder, interviews):
    """With the uneven blanks and the two codes of sex that the real ones have."""
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
