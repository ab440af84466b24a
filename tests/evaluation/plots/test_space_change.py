"""Maps of a space before and after: one panel each, thinned alike, mistakes."""

import numpy as np
import pytest

from sb_contrastive.evaluation.plots import space_change


def test_two_panels_are_drawn(tmp_path):
    rng = np.random.default_rng(0)
    spaces = {"before": rng.standard_normal((30, 4))}
    spaces["after"] = spaces["before"][:, :2]  # another size
    path = space_change(
        spaces, ["a", "b", "c"] * 10, tmp_path / "space.png", max_points=20
    )
    assert path.read_bytes()[:4] == b"\x89PNG"


def test_mistakes_are_named(tmp_path):
    with pytest.raises(ValueError, match="none to draw"):
        space_change({}, "ab", tmp_path / "x.png")
    with pytest.raises(ValueError, match="2 labels but 3 .* in space 'after'"):
        space_change({"after": np.eye(3)}, "ab", tmp_path / "x.png")
    assert not list(tmp_path.iterdir())
