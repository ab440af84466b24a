"""Systems over seeds agree with resampled lists that are written out trial by trial."""

import numpy as np
import pytest

from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.data.trials.trial_sets import TrialSet
from sb_contrastive.evaluation.verification.calibration import cllr
from sb_contrastive.evaluation.verification.error_rates import METRICS
from sb_contrastive.evaluation.verification.over_seeds import paired as module
from sb_contrastive.evaluation.verification.over_seeds.kept_scores import (
    read_scores,
    read_sides,
    score_file,
    write_scores,
    write_sides,
)
from sb_contrastive.evaluation.verification.over_seeds.paired import (
    compare_over_seeds,
)
from tests.support.verification import metrics

SPEAKERS = np.repeat(np.arange(5), 3)
FIRST, SECOND = np.triu_indices(len(SPEAKERS), 1)
LABELS = SPEAKERS[FIRST] == SPEAKERS[SECOND]
TRIALS = Trials(LABELS, FIRST, SECOND, [f"f{i}" for i in range(len(SPEAKERS))])


@pytest.fixture
def sides(tmp_path):
    """As a run keeps them."""
    sets = {"mine": TrialSet(TRIALS, [], [f"s{s}" for s in SPEAKERS])}
    write_sides(tmp_path, sets)
    return read_sides(tmp_path)["mine"]


def scores(seed, gap):
    noise = np.random.default_rng(seed).standard_normal(len(LABELS))
    return gap * LABELS + noise


def written_out(scores, times_drawn, measure=metrics):
    """The metrics of a list that repeats every trial for each pair of copies."""
    new_scores, new_labels = [], []
    for score, label, a, b in zip(scores, LABELS, FIRST, SECOND):
        first, second = times_drawn[SPEAKERS[a]], times_drawn[SPEAKERS[b]]
        times = first if label else first * second
        new_scores += [score] * times
        new_labels += [label] * times
    return measure(np.array(new_scores), np.array(new_labels))


@pytest.mark.parametrize("chunk", [1, 10**6])
def test_a_slow_reference_agrees(sides, chunk, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", chunk)
    systems = {
        "good": {s: scores(s, 2.0) for s in (1, 2, 3)},
        "bad": {s: scores(10 + s, 0.5) for s in (2, 3, 4)},
    }
    found = compare_over_seeds(systems, sides, "bad", draws=15, seed=3)
    drawn = np.random.default_rng(3).multinomial(5, [1 / 5] * 5, size=15)
    eer = {
        title: {
            s: np.array([100 * written_out(x, m)["EER"] for m in drawn])
            for s, x in seeds.items()
        }
        for title, seeds in systems.items()
    }
    for title, seeds in systems.items():
        whole = [metrics(x, LABELS) for x in seeds.values()]
        for name in METRICS:
            scale = 100 if name == "EER" else 1
            expected = [scale * m[name] for m in whole]
            assert found[title][name] == pytest.approx(expected)
        mean = np.mean(list(eer[title].values()), axis=0)
        assert found[title]["interval"] == pytest.approx(
            np.quantile(mean, [0.025, 0.975])
        )
    gaps = np.mean([eer["good"][s] - eer["bad"][s] for s in (2, 3)], axis=0)
    assert found["good"]["gain_interval"] == pytest.approx(
        np.quantile(gaps, [0.025, 0.975])
    )
    assert found["good"]["gains"] == pytest.approx(
        [
            found["good"]["EER"][1] - found["bad"]["EER"][0],
            found["good"]["EER"][2] - found["bad"]["EER"][1],
        ]
    )
    assert "gains" not in found["bad"]


def test_log_likelihood_ratios_are_judged_on_the_same_resamples(sides):
    def bits(llrs, labels):
        return cllr(llrs[labels], llrs[~labels])

    systems = {
        "good": {s: scores(s, 2.0) - 1 for s in (1, 2)},
        "bad": {1: scores(10, 0.5)},
        "cosines": {1: scores(11, 1.0)},
    }
    found = compare_over_seeds(
        systems, sides, "bad", draws=15, seed=3, llr=["good", "bad"]
    )
    drawn = np.random.default_rng(3).multinomial(5, [1 / 5] * 5, size=15)
    for title in ("good", "bad"):
        seeds = systems[title].values()
        expected = [bits(x, LABELS) for x in seeds]
        assert found[title]["Cllr"] == pytest.approx(expected)
        mean = [
            np.mean([written_out(x, times, bits) for x in seeds])
            for times in drawn
        ]
        assert found[title]["Cllr_interval"] == pytest.approx(
            np.quantile(mean, [0.025, 0.975])
        )
    assert "Cllr" not in found["cosines"]


def test_a_system_is_level_with_itself(sides):
    x = {1: scores(0, 1.0)}
    found = compare_over_seeds({"a": x, "b": x}, sides, "b")
    assert found["a"]["gains"] == [0.0]
    assert found["a"]["gain_interval"] == [0.0, 0.0]


def test_unknown_speakers_leave_no_interval(tmp_path):
    write_sides(tmp_path, {"mine": TrialSet(TRIALS, [], None)})
    sides = read_sides(tmp_path)["mine"]
    found = compare_over_seeds({"a": {1: scores(0, 1.0)}}, sides)
    assert found["a"]["interval"] is None and found["a"]["EER"][0] < 50


def test_scores_are_read_as_they_were_written(tmp_path):
    kept = {"SwAV, AS-norm": {"mine": scores(0, 1.0)}}
    write_scores(tmp_path, kept)
    found = read_scores(score_file(tmp_path, "SwAV, AS-norm"))
    np.testing.assert_array_equal(found["mine"], scores(0, 1.0))
