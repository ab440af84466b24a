"""Intervals agree with resampled lists that are written out trial by trial."""

import numpy as np
import pytest

from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.evaluation.verification import bootstrap as module
from sb_contrastive.evaluation.verification.bootstrap import (
    verification_intervals,
)
from sb_contrastive.evaluation.verification.error_rates import METRICS
from tests.support.verification import metrics


def all_pairs(scatter, files=4, speakers=10, seed=0):
    """Scores of all pairs of files: scalar voices, blurred by `scatter`."""
    rng = np.random.default_rng(seed)
    name = np.repeat(np.arange(speakers), files)
    voice = rng.standard_normal((speakers, 3))[name]
    voice = voice + scatter * rng.standard_normal(voice.shape)
    first, second = np.triu_indices(len(name), 1)
    scores = -np.linalg.norm(voice[first] - voice[second], axis=1)
    files = [f"s{s}/{i}" for i, s in enumerate(name)]
    trials = Trials(name[first] == name[second], first, second, files)
    return scores, trials, name


def slow_intervals(scores, trials, speakers, draws, seed):
    """Writes every resampled list out, trial by trial."""
    S = max(speakers) + 1
    drawn = np.random.default_rng(seed).multinomial(S, [1 / S] * S, size=draws)
    values = {name: [] for name in METRICS}
    for m in drawn:
        copies = [(s, copy) for s in range(S) for copy in range(m[s])]
        new_scores, new_labels = [], []
        for score, label, a, b in zip(scores, *trials[:3]):
            for first in copies:
                for second in copies:
                    voices = first[0] == speakers[a], second[0] == speakers[b]
                    # a target trial stays within one copy of its speaker
                    if all(voices) and (not label or first == second):
                        new_scores.append(score)
                        new_labels.append(label)
        found = metrics(np.array(new_scores), np.array(new_labels))
        for name in METRICS:
            values[name].append(found[name])
    return {k: np.quantile(v, [0.025, 0.975]) for k, v in values.items()}


@pytest.mark.parametrize("chunk", [1, 1000, 10**6])
def test_intervals_agree_with_written_out_resamples(chunk, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", chunk)
    scores, trials, speakers = all_pairs(0.5, files=3, speakers=5)
    expected = slow_intervals(scores, trials, speakers, draws=20, seed=3)
    found = verification_intervals(scores, trials, speakers, draws=20, seed=3)
    for name in METRICS:
        assert found[name] == pytest.approx(expected[name], rel=1e-12)


def test_order_of_trials_and_sides_and_names_change_nothing():
    scores, trials, speakers = all_pairs(0.5)
    expected = verification_intervals(scores, trials, speakers, draws=50)
    order = np.random.default_rng(0).permutation(len(scores))
    labels, enrol, test = (column[order] for column in trials[:3])
    shuffled = trials._replace(labels=labels, enrol=test, test=enrol)
    named = [f"speaker {s}" for s in speakers]
    found = verification_intervals(scores[order], shuffled, named, draws=50)
    assert found == expected
    other = verification_intervals(scores, trials, speakers, 50, seed=1)
    assert other != expected


def test_intervals_hold_the_value_and_narrow_with_more_speakers():
    widths = []
    for S in (8, 40):
        scores, trials, speakers = all_pairs(0.5, speakers=S)
        found = verification_intervals(scores, trials, speakers, draws=200)
        for name, value in metrics(scores, trials.labels).items():
            assert found[name][0] <= value <= found[name][1]
        widths.append(np.ptp(found["EER"]))
    assert widths[1] < 0.7 * widths[0]


def test_level():
    scores, trials, speakers = all_pairs(0.5)
    wide, narrow = (
        verification_intervals(scores, trials, speakers, 200, level=level)
        for level in (0.95, 0.5)
    )
    for name in METRICS:
        assert wide[name][0] <= narrow[name][0]
        assert narrow[name][1] <= wide[name][1]


def test_two_speakers_leave_out_draws_of_one():
    # half of the draws hold one speaker twice, and no non-target trial
    scores, trials, speakers = all_pairs(0.0, speakers=2)
    found = verification_intervals(scores, trials, speakers, draws=50)
    assert found == dict.fromkeys(METRICS, [0.0, 0.0])


def test_mistakes():
    scores, trials, speakers = all_pairs(0.5, speakers=3, files=2)
    with pytest.raises(ValueError, match="6 files but 5 speakers"):
        verification_intervals(scores, trials, speakers[1:])
    with pytest.raises(
        ValueError,
        match="s0/0 and s0/1 a target trial, but their speakers are 2 and 0",
    ):
        verification_intervals(scores, trials, [2, 0, 1, 1, 2, 2])
    with pytest.raises(ValueError, match="14 scores but 15 labels"):
        verification_intervals(scores[1:], trials, speakers)
    with pytest.raises(ValueError, match="1 of 15 scores are not finite"):
        verification_intervals(np.append(scores[1:], np.nan), trials, speakers)
    for wrong in ({"draws": 0}, {"level": 1}):
        with pytest.raises(ValueError, match="draws must be at least 1"):
            verification_intervals(scores, trials, speakers, **wrong)
    only = trials._replace(
        labels=np.array([True, False]),
        enrol=np.array([0, 2]),
        test=np.array([1, 4]),
    )
    with pytest.raises(ValueError, match="none of 1 resamples of the 3"):
        for seed in range(50):
            verification_intervals([1, 0], only, speakers, draws=1, seed=seed)
