"""The same points per colouring, clusters together, and no crash on collapse."""

import numpy as np
import pytest
import torch

from sb_contrastive.evaluation.plots import embedding_map

PNG = b"\x89PNG\r\n"


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
