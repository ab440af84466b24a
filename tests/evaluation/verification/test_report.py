"""The report holds the metrics, and says what its intervals are worth."""

import numpy as np
import pytest

from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.evaluation.verification.bootstrap import (
    verification_intervals,
)
from sb_contrastive.evaluation.verification.calibration import (
    Calibration,
    cllr,
)
from sb_contrastive.evaluation.verification.error_rates import eer, min_dcf
from sb_contrastive.evaluation.verification.report import verification_report

SPEAKERS = list("aabbccdd")


@pytest.fixture
def scored():
    first, second = np.triu_indices(8, 1)
    labels = np.array(SPEAKERS)[first] == np.array(SPEAKERS)[second]
    scores = labels + np.random.default_rng(0).standard_normal(len(labels))
    return scores, Trials(labels, first, second, list("12345678"))


def test_metrics_and_intervals(scored):
    scores, trials = scored
    report = verification_report(scores, trials, SPEAKERS, draws=50, seed=2)
    sides = scores[trials.labels], scores[~trials.labels]
    assert (report["EER"], report["EER_threshold"]) == eer(*sides)
    for p in (0.01, 0.05):
        assert report[f"minDCF_{p}"] == min_dcf(*sides, p_target=p)[0]
    assert report["intervals"] == verification_intervals(
        scores, trials, SPEAKERS, draws=50, seed=2
    )
    counts = [report[k] for k in ("targets", "nontargets", "files", "speakers")]
    assert counts == [4, 24, 8, 4]
    assert "over 4 speakers, 50 resamples" in report["interval_method"]


def test_a_calibration_is_judged_with_an_interval(scored):
    scores, trials = scored
    line = Calibration(scale=3.0, offset=-1.0)
    report = verification_report(scores, trials, SPEAKERS, calibration=line)
    sides = line.llr(scores[trials.labels]), line.llr(scores[~trials.labels])
    assert report["Cllr"] == cllr(*sides)
    low, high = report["intervals"]["Cllr"]
    assert low < report["Cllr"] < high
    plain = verification_report(scores, trials, SPEAKERS)
    assert "Cllr" not in plain["intervals"]
    for metric, interval in plain["intervals"].items():
        assert report["intervals"][metric] == interval


def test_unknown_speakers_have_no_interval_and_it_is_said(scored):
    report = verification_report(*scored)
    assert report["intervals"] == {} and report["speakers"] is None
    assert "speakers of the trials are unknown" in report["interval_method"]


def test_wrong_number_of_scores(scored):
    scores, trials = scored
    with pytest.raises(ValueError, match="27 scores but 28 labels"):
        verification_report(scores[1:], trials)
