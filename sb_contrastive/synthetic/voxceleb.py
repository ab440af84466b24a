"""Writes synthetic speech of many speakers in the on-disk layout of VoxCeleb1:
an unlabelled pool for self-supervised training, and trials on held-out voices."""

import os
import string
from itertools import combinations

from sb_contrastive.synthetic.speech.emotions import EMOTIONS
from sb_contrastive.synthetic.speech.voice import stream
from sb_contrastive.synthetic.wave_files import (
    Utterance,
    claim_folder,
    speak_all,
    write_notice,
    write_text,
)

FIRST_SPEAKER = 10001
FIRST_TEST_SPEAKER = 10270  # as in VoxCeleb1; also far from IEMOCAP's 1 to 10
VIDEO_LETTERS = string.ascii_letters + string.digits + "_-"


def write_voxceleb(
    folder, seed=0, speakers=40, videos=2, utterances=5, jobs=None
):
    """Writes a synthetic corpus that a parser of VoxCeleb1 takes for the real
    one: `wav/<speaker>/<video>/<utterance>.wav`, `vox1_meta.csv` and the trials
    `veri_test2.txt`. All emotions are mixed in and written nowhere.

    Arguments
    ---------
    folder : str
        Becomes the root; absent or empty.
    seed : int
        Seed of voices and words.
    speakers : int
        Number of speakers; the last fifth, at least two, is held out for the
        trials.
    videos : int
        Videos of each speaker, each with its own microphone and room.
    utterances : int
        Files of each video.
    jobs : int
        Number of processes; by default one for each processor.

    Returns
    -------
    folder : str
        The same folder.

    Raises
    ------
    ValueError
        When there would be nothing to train on or no trial across videos, or
        the folder is not empty.

    Example
    -------
    >>> write_voxceleb("unused", videos=1)
    Traceback (most recent call last):
    ...
    ValueError: videos is 1 but trials pair two videos of a speaker: give 2 or more.
    """
    if videos < 2:
        raise ValueError(
            f"videos is {videos} but trials pair two videos of a speaker: "
            "give 2 or more."
        )
    if not 3 <= speakers <= 900 or utterances < 1:
        raise ValueError(
            f"speakers is {speakers} and utterances {utterances}: give 3 to 900 "
            "speakers and at least 1 utterance."
        )
    claim_folder(folder)
    held_out = max(2, speakers // 5)
    training = [_number(k) for k in range(speakers - held_out)]
    test = [FIRST_TEST_SPEAKER + k for k in range(held_out)]
    plan = [
        utterance
        for speaker in training + test
        for utterance in _plan(speaker, seed, videos, utterances)
    ]
    speak_all(folder, seed, plan, jobs, "VoxCeleb")
    _write_meta(folder, training, test)
    trial_files = [u for u in plan if u.speaker in test]
    _write_trials(folder, trial_files, seed)
    write_notice(folder, "VoxCeleb", seed)
    return folder


def _number(k):
    """Numbers the k-th training speaker, leaving out the test range."""
    number = FIRST_SPEAKER + k
    return number if number < FIRST_TEST_SPEAKER else number + 1000


def _video_id(rng, kind):
    """Draws eleven characters; two kinds in three hold dashes, because parsers
    that split paths at dashes fail on them."""
    letters = rng.choice(list(VIDEO_LETTERS), 11)
    if kind % 3 == 1:
        letters[0] = "-"
    if kind % 3 == 2:
        letters[4:6] = "-"
    return "".join(letters)


def _plan(speaker, seed, videos, utterances):
    """Plans the utterances of one speaker: list of Utterance."""
    rng = stream("layout", seed, 3, speaker)
    plan = []
    for video in range(videos):
        name = _video_id(rng, speaker + video)
        for number in range(utterances):
            plan.append(
                Utterance(
                    f"wav/id{speaker}/{name}/{number + 1:05d}.wav",
                    speaker,
                    video * utterances + number,
                    speaker * 100 + video,
                    str(rng.choice(list(EMOTIONS))),
                    round(rng.uniform(2.5, 5.0), 2),
                )
            )
    return plan


def _write_meta(folder, training, test):
    """Writes the table of speakers."""
    lines = ["VoxCeleb1 ID\tVGGFace1 ID\tGender\tNationality\tSet\n"]
    for part, speakers in ("dev", sorted(training)), ("test", test):
        for speaker in speakers:
            sex = "mf"[speaker % 2]
            lines.append(
                f"id{speaker}\tSynthetic_Voice_{speaker}\t{sex}\tNowhere\t{part}\n"
            )
    write_text(os.path.join(folder, "vox1_meta.csv"), "".join(lines))


def _write_trials(folder, utterances, seed):
    """Writes every pair of one speaker's videos, and as many pairs of two speakers."""
    rng = stream("layout", seed, 4)
    pairs = list(combinations(utterances, 2))
    same = [
        (a, b)
        for a, b in pairs
        if a.speaker == b.speaker and a.channel != b.channel
    ]
    different = [(a, b) for a, b in pairs if a.speaker != b.speaker]
    count = min(len(same), len(different))
    chosen = [
        (label, kind[k])
        for label, kind in ((1, same), (0, different))
        for k in sorted(rng.choice(len(kind), count, replace=False))
    ]
    lines = [
        f"{label} {a.path.removeprefix('wav/')} {b.path.removeprefix('wav/')}\n"
        for label, (a, b) in chosen
    ]
    lines = [lines[k] for k in rng.permutation(len(lines))]
    write_text(os.path.join(folder, "veri_test2.txt"), "".join(lines))
