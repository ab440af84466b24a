"""Means and bands stand at their share of the labels."""

import numpy as np
import pytest

from sb_contrastive.evaluation.plots import label_efficiency

PNG = b"\x89PNG\r\n"


def test_label_efficiency(drawn, tmp_path):
    path = tmp_path / "labels.png"
    curves = {
        "DINO": {1.0: (0.7, 0.6, 0.8), 0.01: (0.4, 0.3, 0.5)},
        "scratch": {0.1: (0.5, 0.5, 0.5)},
    }
    label_efficiency(curves, path, chance=0.25)
    assert path.read_bytes().startswith(PNG)
    (axes,) = drawn[0].axes
    assert axes.get_xscale() == "log"
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    assert ticks == ["1", "10", "100"]
    dino = axes.containers[0].lines[0]
    np.testing.assert_allclose(dino.get_xdata(), [1, 100])
    np.testing.assert_allclose(dino.get_ydata(), [40, 70])


@pytest.mark.parametrize(
    "curves", [{}, {"DINO": {}}, {"DINO": {10: (0.4, 0.3, 0.5)}}]
)
def test_label_efficiency_mistakes(curves, tmp_path):
    with pytest.raises(ValueError, match="fraction"):
        label_efficiency(curves, tmp_path / "labels.png")
