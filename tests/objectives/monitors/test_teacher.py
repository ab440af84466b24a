"""Figures of a teacher do not depend on how the validation part was cut into batches."""

import pytest
import torch

from sb_contrastive.evaluation.embeddings.monitors import (
    prototype_perplexity,
    teacher_entropy,
    teacher_information,
)
from sb_contrastive.objectives.monitors.teacher import TeacherMonitor


@pytest.mark.parametrize("batch_size", [1, 3, 8])
def test_figures_are_those_of_the_whole(batch_size):
    generator = torch.Generator().manual_seed(0)
    targets = torch.randn(2, 8, 4, generator=generator).softmax(dim=-1)
    monitor = TeacherMonitor()
    for _ in range(2):  # what is cleared does not count
        monitor.clear()
        for first in range(0, 8, batch_size):
            monitor.add(targets[:, first : first + batch_size])
    figures = monitor.figures(loss=3.0)
    entropy = teacher_entropy(targets)
    torch.testing.assert_close(figures["teacher_entropy"], entropy)
    assert figures["kl"] == pytest.approx(3.0 - float(entropy), abs=1e-6)
    # Of the utterance: its crops are averaged first
    information = teacher_information(targets.mean(dim=0))
    assert information < teacher_information(targets) - 0.05
    torch.testing.assert_close(
        figures["teacher_information"], information, atol=1e-6, rtol=1e-4
    )
    assert figures["prototype_perplexity"] == prototype_perplexity(targets)
