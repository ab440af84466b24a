"""A collapse is warned of, and nothing else is."""

import pytest
import torch

from sb_contrastive.brains.logs.collapse_warnings import collapse_warnings
from sb_contrastive.brains.logs.embedding_log import EmbeddingLog
from sb_contrastive.objectives.monitors.teacher import TeacherMonitor

K = 16


def _embeddings(kind):
    """[2, 40, 8]: two views of 40 utterances."""
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(2, 40, 8, generator=generator)
    if kind == "one point":
        return torch.ones(8) + 1e-3 * z
    if kind == "one direction":
        return torch.ones(8) * z[..., :1] + 1e-4 * z
    return z


@pytest.mark.parametrize(
    "kind, said",
    [
        ("one point", ["embedding_std", "effective_rank"]),
        ("one direction", ["effective_rank"]),
        ("healthy", []),
    ],
)
def test_collapsed_embeddings_are_warned_of(kind, said):
    log = EmbeddingLog()
    log.add([str(i) for i in range(40)], _embeddings(kind))
    figures = {k: float(v) for k, v in log.figures().items()}
    warnings = collapse_warnings(figures)
    assert [warning.split()[0] for warning in warnings] == said
    assert all("learning rate" in warning for warning in warnings)


@pytest.mark.parametrize(
    "kind, said",
    [
        ("one prototype", ["prototype_perplexity", "teacher_entropy"]),
        ("certain, each of its own", ["teacher_entropy"]),
        ("uniform", ["teacher_entropy"]),
        ("healthy", []),
    ],
)
def test_collapsed_targets_are_warned_of(kind, said):
    generator = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(2, 40, K, generator=generator)
    if kind == "one prototype":
        logits[..., 3] += 100
    elif kind == "certain, each of its own":
        logits *= 100
    elif kind == "uniform":
        logits *= 1e-3
    monitor = TeacherMonitor()
    monitor.add(logits.softmax(dim=-1))
    figures = {k: float(v) for k, v in monitor.figures(loss=3.0).items()}
    warnings = collapse_warnings(figures, prototypes=K)
    assert [warning.split()[0] for warning in warnings] == said
    if kind == "uniform":
        assert "lower the teacher's temperature (to 0.02)" in warnings[0]


def test_projections_that_become_one_are_told():
    assert collapse_warnings({"projection_std": 0.6}) == []
    (said,) = collapse_warnings({"projection_std": 0.4})
    assert "below 0.5" in said
