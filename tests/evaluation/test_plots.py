import math

import numpy as np
import pytest
import torch

from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.plots import (
    confusion_matrix,
    embedding_map,
    label_efficiency,
    training_curves,
)

PNG = b"\x89PNG\r\n"


@pytest.fixture
def drawn(monkeypatch):
    """Figures as they are saved, so that a test can look inside."""
    figures = []
    save = plots._save

    def spy(figure, path):
        figures.append(figure)
        return save(figure, path)

    monkeypatch.setattr(plots, "_save", spy)
    return figures


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


def test_confusion_matrix_shows_shares_of_the_truth(drawn, tmp_path):
    path = tmp_path / "confusion.png"
    confusion_matrix([[3, 1], [0, 0]], ["joy", "sad"], path)
    assert path.read_bytes().startswith(PNG)
    cells = [text.get_text() for text in drawn[0].axes[0].texts]
    assert cells == ["75 %\n(3)", "25 %\n(1)", "0 %\n(0)", "0 %\n(0)"]
    with pytest.raises(ValueError, match="2 x 2"):
        confusion_matrix([[1, 2, 3]], ["joy", "sad"], path)


@pytest.mark.parametrize("N, method", [(2, "PCA"), (9, "PCA"), (12, "t-SNE")])
def test_embedding_map_draws_the_same_points_per_colouring(
    N, method, drawn, tmp_path
):
    z = torch.randn(N, 5, generator=torch.Generator().manual_seed(0))
    colourings = {"speaker": range(N), "emotion": ["joy"] * N}
    for name in ("first.png", "second.png"):
        embedding_map(z, colourings, tmp_path / name)
    first, second = (
        (tmp_path / n).read_bytes() for n in ("first.png", "second.png")
    )
    assert first.startswith(PNG) and first == second  # fixed seed
    figure = drawn[0]
    assert figure.get_suptitle().endswith(method)
    by_speaker, by_emotion = figure.axes
    (together,) = by_emotion.collections
    apart = np.concatenate(
        [group.get_offsets() for group in by_speaker.collections]
    )
    assert len(apart) == N
    np.testing.assert_allclose(
        np.sort(apart, axis=0), np.sort(together.get_offsets(), axis=0)
    )


def test_embedding_map_keeps_clusters_together(drawn, tmp_path):
    generator = np.random.default_rng(0)
    labels = np.arange(40) % 2
    z = np.eye(8)[labels] + 0.05 * generator.normal(size=(40, 8))
    embedding_map(z, {"class": labels}, tmp_path / "map.png")
    a, b = (np.array(c.get_offsets()) for c in drawn[0].axes[0].collections)
    centres = np.linalg.norm(a.mean(0) - b.mean(0))
    assert centres > 2 * max(a.std(), b.std())


@pytest.mark.parametrize("names, entries", [(3, 3), (12, 12), (30, 12)])
def test_embedding_map_limits_its_legend(names, entries, drawn, tmp_path):
    z = np.random.default_rng(0).normal(size=(60, 3))
    colouring = {"speaker": np.arange(60) % names}
    embedding_map(z, colouring, tmp_path / "map.png")
    texts = [t.get_text() for t in drawn[0].axes[0].get_legend().texts]
    assert len(texts) == entries
    assert (texts[-1] == "and 19 more") == (names == 30)


def test_embedding_map_thins_large_sets_and_says_so(drawn, tmp_path):
    z = np.random.default_rng(0).normal(size=(50, 3))
    colouring = {"speaker": np.zeros(50)}
    embedding_map(z, colouring, tmp_path / "map.png", max_points=20)
    assert "(20 of 50)" in drawn[0].get_suptitle()
    assert len(drawn[0].axes[0].collections[0].get_offsets()) == 20


@pytest.mark.parametrize("N", [5, 15])
@pytest.mark.parametrize("noise", [0, 1e-9, 1e-3])
def test_embedding_map_of_collapsed_embeddings(N, noise, tmp_path):
    # t-SNE of one repeated point kills the interpreter: must not be reached
    z = 1 + noise * np.random.default_rng(0).normal(size=(N, 4))
    path = tmp_path / "map.png"
    for embeddings in (z, z[:, :1]):
        embedding_map(embeddings, {"speaker": range(N)}, path)
        assert path.read_bytes().startswith(PNG)


def test_embedding_map_mistakes(tmp_path):
    path = tmp_path / "map.png"
    with pytest.raises(ValueError, match="3 embeddings but 2 labels.*'sex'"):
        embedding_map(np.ones((3, 2)), {"sex": ["f", "m"]}, path)
    with pytest.raises(ValueError, match="not finite"):
        embedding_map(np.full((3, 2), np.nan), {"sex": "ffm"}, path)
    with pytest.raises(ValueError, match="two embeddings"):
        embedding_map(np.ones((1, 2)), {"sex": ["f"]}, path)


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
