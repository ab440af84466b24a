"""Every system is a point at its means, as large as it was costly, and has its name."""

import pytest

from sb_contrastive.evaluation.plots import objective_comparison
from sb_contrastive.evaluation.plots.objective_comparison import (
    LARGEST,
    SMALLEST,
)


def test_points_sizes_and_names(drawn, tmp_path):
    systems = {
        "costly": {"EER": [20.0, 30.0], "UA": [50.0], "seconds": 90.0},
        "cheap": {"EER": [10.0], "UA": [40.0, 60.0], "seconds": 0.0},
        "untrained": {"EER": [45.0], "UA": [25.0], "seconds": None},
    }
    objective_comparison(systems, tmp_path / "o.png", "Which?", note="a note")
    (axes,) = drawn[0].axes
    points = [c for c in axes.collections if hasattr(c, "get_sizes")]
    places = [tuple(c.get_offsets()[0]) for c in points]
    assert places == [(25.0, 50.0), (10.0, 50.0), (45.0, 25.0)]
    sizes = [c.get_sizes()[0] for c in points]
    assert sizes == [LARGEST, SMALLEST, SMALLEST]
    assert [text.get_text() for text in axes.texts] == list(systems)
    assert "1.5 minutes at the most" in drawn[0].get_supxlabel().replace(
        "\n", " "
    )


def test_names_of_near_points_do_not_cover_each_other(drawn, tmp_path):
    systems = {
        f"system {i}": {"EER": [20 + 0.2 * i], "UA": [50.0], "seconds": 1.0}
        for i in range(4)
    }
    systems["far"] = {"EER": [50.0], "UA": [20.0], "seconds": 1.0}
    objective_comparison(systems, tmp_path / "o.png", "Which?")
    (axes,) = drawn[0].axes
    boxes = [text.get_window_extent() for text in axes.texts]
    overlaps = [
        one.overlaps(other)
        for i, one in enumerate(boxes)
        for other in boxes[:i]
    ]
    assert not any(overlaps)


def test_nothing_trained(tmp_path):
    row = {"EER": [50.0], "UA": [25.0], "seconds": None}
    with pytest.raises(ValueError, match="no system"):
        objective_comparison({}, tmp_path / "o.png", "Which?")
    assert objective_comparison({"a": row}, tmp_path / "o.png", "").is_file()
