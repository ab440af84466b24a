"""Every number of a log is drawn once, where its epoch is."""

import math

import numpy as np
import pytest

from sb_contrastive.evaluation.plots import training_curves

PNG = b"\x89PNG\r\n"


def shown(figure):
    return [axes for axes in figure.axes if axes.get_visible()]


def test_training_curves_draws_every_number_once(drawn, tmp_path):
    log = [
        {"epoch": 3, "train_loss": 2.0, "valid_loss": 2.5, "speaker_eer": 0.3},
        {"epoch": 4, "train_loss": 1.0, "valid_loss": None, "stage": "a"},
        {"epoch": 5, "train_loss": 0.5, "speaker_eer": 0.1, "my_key": 7},
    ]
    path = tmp_path / "new" / "curves.png"
    assert training_curves(log, path, note="synthetic corpus") == path
    assert path.read_bytes().startswith(PNG)
    (figure,) = drawn
    panels = {axes.get_title(loc="left"): axes for axes in shown(figure)}
    assert list(panels) == ["Loss", "Speaker EER (%)", "My key"]
    lines = {line.get_label(): line for line in panels["Loss"].lines}
    np.testing.assert_array_equal(lines["train"].get_xdata(), [3, 4, 5])
    np.testing.assert_array_equal(
        lines["valid"].get_ydata(), [2.5, math.nan, math.nan]
    )
    (rate,) = panels["Speaker EER (%)"].lines
    np.testing.assert_allclose(rate.get_ydata(), [30, math.nan, 10])
    assert figure.get_supxlabel() == "synthetic corpus"


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_training_curves_hides_empty_panels(count, drawn, tmp_path):
    log = [{f"key{i}": i for i in range(count)}]
    training_curves(log, tmp_path / "curves.png")
    assert len(shown(drawn[0])) == count


@pytest.mark.parametrize("log", [[], [{"epoch": 1, "note": "x"}]])
def test_training_curves_without_numbers(log, tmp_path):
    with pytest.raises(ValueError, match="no number"):
        training_curves(log, tmp_path / "curves.png")


def test_a_long_training_is_drawn_too(tmp_path):
    log = [{"epoch": e, "train_loss": 1 / e} for e in range(1, 60)]
    assert training_curves(log, tmp_path / "long.png").is_file()


def test_every_panel_names_its_axis_and_its_unit(drawn, tmp_path):
    log = [
        {"epoch": e, "kl": 0.54321 + 1e-6 * e, "mean_cosine": 5, "loss": e}
        | {"speaker_knn": 0.25, "speaker_eer": 0.5}
        for e in (1, 2)
    ]
    training_curves(log, tmp_path / "curves.png")
    panels = {axes.get_title(loc="left"): axes for axes in shown(drawn[0])}
    assert [axes.get_xlabel() for axes in panels.values()] == ["epoch"] * 5
    knn = panels["Speaker of neighbours right (kNN, %)"]
    assert knn.lines[0].get_ydata()[0] == 25
    # No number is split into a tick and an offset above the axis
    offsets = [axes.yaxis.get_offset_text() for axes in panels.values()]
    assert {text.get_text() for text in offsets} == {""}
