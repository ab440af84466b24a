"""Distributions have their area, means stand where they are."""

import numpy as np
import pytest
import torch

from sb_contrastive.evaluation.plots import score_histogram

PNG = b"\x89PNG\r\n"


def area(patch):
    """Area under an outline, by the shoelace formula."""
    x, y = patch.get_xy().T
    return abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2


def test_two_systems(drawn, tmp_path):
    rng = np.random.default_rng(0)
    systems = {
        "m = 0": (rng.normal(0.53, 0.2, 500), rng.normal(0.09, 0.1, 900)),
        "m = 0.1": (rng.normal(0.49, 0.2, 300), rng.normal(0.04, 0.1, 200)),
    }
    path = tmp_path / "scores.png"
    score_histogram(systems, path, note="synthetic")
    assert path.read_bytes().startswith(PNG)
    (axes,) = drawn[0].axes
    assert [area(p) for p in axes.patches] == pytest.approx([1.0] * 4)
    means = [s.mean() for pair in systems.values() for s in pair]
    found = [line.get_xdata()[0] for line in axes.lines]
    assert found == pytest.approx(means)
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts == [
        f"m = 0, targets: mean {means[0]:.3f}",
        f"m = 0, non-targets: mean {means[1]:.3f}, "
        f"gap {means[0] - means[1]:.3f}",
        f"m = 0.1, targets: mean {means[2]:.3f}",
        f"m = 0.1, non-targets: mean {means[3]:.3f}, "
        f"gap {means[2] - means[3]:.3f}",
    ]


def test_equal_scores_are_drawn(drawn, tmp_path):
    scores = torch.ones(3, dtype=torch.bfloat16), [1.0]
    score_histogram({"collapsed": scores}, tmp_path / "scores.png")
    low, high = drawn[0].axes[0].get_xlim()
    assert low < 1 < high


@pytest.mark.parametrize(
    "systems, message",
    [
        ({}, "no system"),
        ({"a": ([], [1.0])}, "target scores of 'a' is empty"),
        ({"a": ([1.0], [np.nan])}, "1 of 1 non-target scores of 'a'"),
    ],
)
def test_mistakes(systems, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        score_histogram(systems, tmp_path / "scores.png")
    assert not list(tmp_path.iterdir())


def test_normalised_scores_have_a_panel_of_their_own(drawn, tmp_path):
    rng = np.random.default_rng(0)
    cosines = rng.uniform(0, 0.9, 50), rng.uniform(-0.5, 0.5, 50)
    normed = 9 * cosines[0], 9 * cosines[1]
    score_histogram({"a": cosines, "a, AS-norm": normed}, tmp_path / "s.png")
    first, second = drawn[0].axes
    assert first.get_xlim()[1] < 1.1 and second.get_xlim()[1] > 5
    colours = [axes.lines[0].get_color() for axes in (first, second)]
    assert colours[0] != colours[1]
    score_histogram({"a, AS-norm": normed}, tmp_path / "s.png")
    assert len(drawn[1].axes) == 1
