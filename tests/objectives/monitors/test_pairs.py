"""Agreement of pairs does not depend on how the validation part was cut into batches."""

import pytest
import torch

from sb_contrastive.evaluation import pair_agreement
from sb_contrastive.objectives.monitors.pairs import PairMonitor


@pytest.mark.parametrize("batch_size", [1, 3, 8])
def test_figures_are_those_of_the_whole(batch_size):
    pairs = torch.randn(2, 8, 3, generator=torch.Generator().manual_seed(0))
    monitor = PairMonitor()
    for _ in range(2):  # what is cleared does not count
        monitor.clear()
        for first in range(0, 8, batch_size):
            monitor.add(pairs[:, first : first + batch_size])
    expected = pair_agreement(*pairs)
    assert monitor.figures().keys() == expected.keys()
    for name, value in expected.items():
        assert torch.equal(monitor.figures()[name], value), name
