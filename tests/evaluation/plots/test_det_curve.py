"""Curve and marks stand at their error rates, on probit axes."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from sb_contrastive.evaluation import eer, min_dcf
from sb_contrastive.evaluation.plots import det_curve

PNG = b"\x89PNG\r\n"


def normal_scores(distance, T=20001):
    """Exact quantiles of two normal distributions."""
    quantiles = norm.ppf((np.arange(T) + 0.5) / T)
    return quantiles + distance, quantiles


def test_normal_scores_give_a_straight_line(drawn, tmp_path):
    path = tmp_path / "det.png"
    det_curve({"a": normal_scores(3.0)}, path)
    assert path.read_bytes().startswith(PNG)
    (axes,) = drawn[0].axes
    (curve,) = [x for x in axes.lines if x.get_label().startswith("a:")]
    x, y = curve.get_data()
    inside = (np.abs(x) < 2.5) & (np.abs(y) < 2.5)
    assert inside.sum() > 1000
    # miss rate Phi(t - 3) and false alarm rate Phi(-t)
    np.testing.assert_allclose((x + y)[inside], -3.0, atol=0.02)


def test_marks_stand_at_their_rates_and_values_in_the_legend(drawn, tmp_path):
    rng = np.random.default_rng(0)
    systems = {
        name: (rng.normal(d, 1, 3000), rng.normal(0, 1, 4000))
        for name, d in (("good", 3.0), ("bad", 2.2))
    }
    det_curve(systems, tmp_path / "det.png", note="synthetic")
    (axes,) = drawn[0].axes
    marks = {
        shape: [
            norm.cdf(np.ravel(line.get_data()))
            for line in axes.lines
            if line.get_marker() == shape and len(line.get_xdata())
        ]
        for shape in "o^s"
    }
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    for i, (name, (positive, negative)) in enumerate(systems.items()):
        rate = eer(positive, negative)[0]
        np.testing.assert_allclose(marks["o"][i], rate, rtol=1e-6)
        assert texts[i].startswith(f"{name}: EER {100 * rate:.2f} %")
        for p, shape in ((0.01, "^"), (0.05, "s")):
            alarms, misses = marks[shape][i]
            cost = min_dcf(positive, negative, p_target=p)[0]
            assert (p * misses + (1 - p) * alarms) / p == pytest.approx(cost)
            assert f"{cost:.3f}" in texts[i]
    ticks = axes.get_xticks()
    names = [float(t.get_text()) / 100 for t in axes.get_xticklabels()]
    np.testing.assert_allclose(norm.cdf(ticks), names, rtol=1e-9)


@pytest.mark.parametrize(
    "scores",
    [
        ([0.9, 0.8], [0.1, 0.2]),  # separated
        ([0.1, 0.2], [0.9, 0.8]),  # inverted
        ([0.5], [0.5]),
        (torch.ones(3, dtype=torch.bfloat16), torch.zeros(2)),
    ],
)
def test_extreme_systems_are_drawn(scores, drawn, tmp_path):
    det_curve({"extreme": scores}, tmp_path / "det.png")
    (axes,) = drawn[0].axes
    for line in axes.lines:
        assert np.isfinite(line.get_data()).all()


def test_mistakes(tmp_path):
    with pytest.raises(ValueError, match="no system"):
        det_curve({}, tmp_path / "det.png")
    with pytest.raises(ValueError, match="empty"):
        det_curve({"a": ([], [1.0])}, tmp_path / "det.png")
    assert not list(tmp_path.iterdir())


def test_labels_of_ticks_do_not_touch(drawn, tmp_path):
    rng = np.random.default_rng(0)
    scores = rng.normal(2, 1, 2000), rng.normal(0, 1, 20000)
    det_curve({"a": scores}, tmp_path / "det.png")
    figure = drawn[0]
    boxes = [
        label.get_window_extent()
        for label in figure.axes[0].get_xticklabels()
        if label.get_text()
    ]
    assert len(boxes) > 5
    for left, right in zip(boxes, boxes[1:]):
        assert left.x0 > right.x1 or left.x1 < right.x0
