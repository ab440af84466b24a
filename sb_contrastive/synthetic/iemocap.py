"""Writes synthetic emotional speech in the on-disk layout of
IEMOCAP_full_release."""

import os
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from sb_contrastive.synthetic.speech.voice import stream
from sb_contrastive.synthetic.wave_files import (
    Utterance,
    claim_folder,
    speak_all,
    write_notice,
    write_text,
)

SESSIONS = 5
# About IEMOCAP's shares once exc has become hap: 31, 30, 20 and 20 %.
KEPT = "neu hap ang sad neu exc ang sad neu exc".split()
DROPPED = "fru", "xxx"  # no part of the four-class task, as in the corpus
# how a label is spoken, and its average valence, activation and dominance
LABELS = {
    "neu": ("neu", "Neutral", (3.0, 2.5, 2.5)),
    "hap": ("hap", "Happiness", (4.0, 3.0, 3.0)),
    "exc": ("hap", "Excited", (4.0, 3.5, 3.0)),
    "ang": ("ang", "Anger", (2.0, 3.5, 4.0)),
    "sad": ("sad", "Sadness", (2.0, 2.0, 2.0)),
    "fru": ("ang", "Frustration", (2.0, 3.0, 3.0)),
    "xxx": ("neu", "Other", (2.5, 3.0, 3.0)),
}
HEADER = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"


@dataclass
class Turn:
    """Describes a turn in a dialogue: name, label, start (s) and utterance."""

    name: str
    label: str
    start: float
    utterance: Utterance

    @property
    def end(self):
        """The time at which it ends (s)."""
        return self.start + self.utterance.seconds


def write_iemocap(folder, seed=0, utterances_per_speaker=24, jobs=None):
    """Writes a synthetic corpus that a parser of IEMOCAP takes for the real one:
    five sessions of two speakers, labels, transcriptions and turns.

    Arguments
    ---------
    folder : str
        Becomes the root, as `IEMOCAP_full_release`; absent or empty.
    seed : int
        Seed of voices and words.
    utterances_per_speaker : int
        Turns of each of the ten speakers that the four-class task keeps; two
        turns more (`fru`, `xxx`) are there to be dropped.
    jobs : int
        Number of processes; by default one for each processor.

    Returns
    -------
    folder : str
        The same folder.

    Raises
    ------
    ValueError
        When a speaker would lack one of the four classes, or the folder is
        not empty.

    Example
    -------
    >>> write_iemocap("unused", utterances_per_speaker=3)
    Traceback (most recent call last):
    ...
    ValueError: utterances_per_speaker is 3 but four classes need at least 4.
    """
    if utterances_per_speaker < 4:
        raise ValueError(
            f"utterances_per_speaker is {utterances_per_speaker} but four "
            "classes need at least 4."
        )
    claim_folder(folder)
    turns = [
        turn
        for session in range(1, SESSIONS + 1)
        for turn in _session(session, seed, utterances_per_speaker)
    ]
    texts = speak_all(
        folder, seed, [turn.utterance for turn in turns], jobs, "IEMOCAP"
    )
    dialogues = defaultdict(list)
    for turn, text in zip(turns, texts):
        dialogues[turn.name[:-5]].append((turn, text))
    for name, spoken in dialogues.items():
        _write_dialogue(folder, name, spoken, seed)
    write_notice(folder, "IEMOCAP", seed)
    return folder


def _dialogues(session):
    """Names dialogues as the corpus does; the suffix letter is rare, and parsers
    that count characters from the left fail on it."""
    suffix = "b" if session == SESSIONS else ""
    return [
        f"Ses0{session}F_impro01",
        f"Ses0{session}M_impro02",
        f"Ses0{session}F_script01_1",
        f"Ses0{session}M_script01_1{suffix}",
    ]


def _session(session, seed, kept):
    """Plans the turns of one session: list of Turn, dialogue by dialogue."""
    rng = stream("layout", seed, 1, session)
    names = _dialogues(session)
    lines = defaultdict(list)  # dialogue -> (letter, speaker, number, label)
    for letter, speaker in ("F", 2 * session - 1), ("M", 2 * session):
        labels = [KEPT[k % len(KEPT)] for k in range(kept)] + [*DROPPED]
        for number, label in enumerate(rng.permutation(labels)):
            name = names[number % len(names)]
            lines[name].append((letter, speaker, number, str(label)))
    turns = []
    for name in names:
        clock, count = rng.uniform(3, 8), {"F": 0, "M": 0}
        for line in rng.permutation(len(lines[name])):
            letter, speaker, number, label = lines[name][line]
            turn = f"{name}_{letter}{count[letter]:03d}"
            count[letter] += 1
            path = f"Session{session}/sentences/wav/{name}/{turn}.wav"
            seconds = round(rng.uniform(2.0, 5.0), 2)
            spoken_as = LABELS[label][0]
            utterance = Utterance(
                path, speaker, number, session, spoken_as, seconds
            )
            turns.append(Turn(turn, label, clock, utterance))
            clock += seconds + rng.uniform(0.3, 1.5)
    return turns


def _write_dialogue(folder, name, spoken, seed):
    """Writes the labels, ratings and transcription of one dialogue."""
    session = int(name[3:5])
    dialog = os.path.join(folder, f"Session{session}", "dialog")
    labels, ratings, words = [HEADER], [], []
    for turn, text in spoken:
        where = turn.utterance
        rng = stream("layout", seed, 2, where.speaker, where.number)
        category = LABELS[turn.label][1]
        votes = _votes(category, turn.label, rng)
        points = np.clip(
            np.add(LABELS[turn.label][2], rng.integers(-1, 2, (2, 3))), 1, 5
        ).astype(int)
        mean = ", ".join(f"{value:.4f}" for value in points.mean(axis=0))
        labels.append(
            f"[{turn.start:.4f} - {turn.end:.4f}]\t{turn.name}\t{turn.label}"
            f"\t[{mean}]\n"
        )
        for rater, vote in zip(("C-E2", "C-E3", "C-E4"), votes):
            labels.append(f"{rater}:\t{vote};\t()\n")
        for rater, (v, a, d) in zip(("A-E3", "A-E4"), points):
            labels.append(f"{rater}:\tval {v}; act {a}; dom  {d};\t()\n")
        labels.append("\n")
        ratings.append(f"{turn.name} :{votes[0]}; ()\n")
        words.append(
            f"{turn.name} [{turn.start:08.4f}-{turn.end:08.4f}]: {text}\n"
        )
    evaluation = os.path.join(dialog, "EmoEvaluation")
    single = os.path.join(evaluation, "Categorical", f"{name}_e2_cat.txt")
    transcription = os.path.join(dialog, "transcriptions", f"{name}.txt")
    write_text(os.path.join(evaluation, f"{name}.txt"), "".join(labels))
    write_text(single, "".join(ratings))
    write_text(transcription, "".join(words))


def _votes(category, label, rng):
    """Draws the votes of three raters: no two agree on xxx, at least two on any other label."""
    others = [name for _, name, _ in LABELS.values() if name != category]
    dissent = rng.permutation(others)
    if label == "xxx":
        return [category, *dissent[:2]]
    third = category if rng.random() < 0.6 else dissent[0]
    return list(rng.permutation([category, category, third]))
