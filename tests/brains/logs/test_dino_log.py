"""Figures of a validation part do not depend on how it was cut into batches."""

import pytest
import torch

from sb_contrastive.brains.logs.dino_log import DINOLog
from sb_contrastive.evaluation.embeddings.monitors import (
    embedding_std,
    teacher_entropy,
)

UTTERANCES = [f"utt{i}" for i in range(8)]
SPEAKERS = {u: f"spk{i % 3}" for i, u in enumerate(UTTERANCES)}


@pytest.mark.parametrize("batch_size", [1, 3, 8])
@pytest.mark.parametrize("speakers", [None, SPEAKERS])
def test_figures_are_those_of_the_whole(batch_size, speakers):
    generator = torch.Generator().manual_seed(0)
    embeddings = torch.randn(2, 8, 5, generator=generator)  # [G, N, D]
    targets = torch.randn(2, 8, 4, generator=generator).softmax(dim=-1)
    log = DINOLog(speakers)
    for _ in range(2):  # what is cleared does not count
        log.clear()
        for first in range(0, 8, batch_size):
            part = slice(first, first + batch_size)
            log.add(UTTERANCES[part], embeddings[:, part], targets[:, part])
    figures = log.figures(loss=3.0)
    entropy = teacher_entropy(targets)
    assert torch.equal(figures["teacher_entropy"], entropy)
    assert figures["kl"] == 3.0 - float(entropy)
    std = embedding_std(embeddings.mean(dim=0))
    assert torch.equal(figures["embedding_std"], std)
    assert ("speaker_eer" in figures) == (speakers is not None)
