"""Scores that a system hardly tells apart are still counted, drawn and said to be alike."""

import numpy as np
import pytest

from sb_contrastive.evaluation.plots import score_histogram
from sb_contrastive.evaluation.verification.calibration.two_gaussians import (
    binned,
)
from sb_contrastive.evaluation.verification.shown.trial_summary import (
    histogram,
)
from sb_contrastive.report_page.charts.histogram import score_chart

NOISE = np.array([0, 1, 2, 1, 0, 2, 1, 0])


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("middle", [0, 1, -300])
@pytest.mark.parametrize("step", [0, 1e-16, 1e-7, 1e-6, 1e-3])
def test_all_are_counted_and_drawn(tmp_path, middle, step, kind):
    scores = (middle + step * NOISE).astype(kind)
    sides = scores[:4], scores[4:]
    found = histogram(*sides)
    assert sum(found["targets"]) == sum(found["nontargets"]) == 4
    assert np.diff(found["edges"]).min() > 0
    assert "random weights" in score_chart("random weights", found, scores[0])
    assert score_histogram({"a": sides}, tmp_path / "scores.png").is_file()


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_two_kinds_are_not_told_apart_by_rounding(kind):
    with pytest.raises(ValueError, match="too alike"):
        binned((1 + 1.2e-7 * NOISE).astype(kind))
