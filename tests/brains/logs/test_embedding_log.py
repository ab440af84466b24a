"""Figures of a validation part do not depend on how it was cut into batches."""

import pytest
import torch

from sb_contrastive.brains.logs.embedding_log import EmbeddingLog
from sb_contrastive.evaluation.embeddings.monitors import (
    effective_rank,
    embedding_std,
    mean_cosine,
)

UTTERANCES = [f"utt{i}" for i in range(8)]
SPEAKERS = {u: f"spk{i % 3}" for i, u in enumerate(UTTERANCES)}


@pytest.mark.parametrize("batch_size", [1, 3, 8])
@pytest.mark.parametrize("speakers", [None, SPEAKERS])
def test_figures_are_those_of_the_whole(batch_size, speakers):
    generator = torch.Generator().manual_seed(0)
    embeddings = torch.randn(2, 8, 5, generator=generator)  # [V, N, D]
    log = EmbeddingLog(speakers)
    for _ in range(2):  # what is cleared does not count
        log.clear()
        for first in range(0, 8, batch_size):
            part = slice(first, first + batch_size)
            log.add(UTTERANCES[part], embeddings[:, part])
    figures = log.figures()
    mean = embeddings.mean(dim=0)
    expected = {
        "embedding_std": embedding_std(mean),
        "mean_cosine": mean_cosine(mean),
        "effective_rank": effective_rank(mean),
    }
    for name, value in expected.items():
        assert torch.equal(figures[name], value), name
    probes = set(figures) - set(expected)
    assert probes == ({"speaker_eer", "speaker_knn"} if speakers else set())
