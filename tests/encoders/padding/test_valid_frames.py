"""Frame counts and padding masks against a loop over rows."""

import pytest
import torch

from sb_contrastive.encoders.padding.valid_frames import (
    valid_counts,
    valid_frames,
)


@pytest.mark.parametrize("T", [1, 7, 50, 1499])
def test_every_count_survives_its_share(T):
    # SpeechBrain stores count / T in float32
    counts = torch.arange(1, T + 1)
    shares = torch.tensor([count / T for count in counts.tolist()])
    assert torch.equal(valid_counts(shares, T), counts)
    mask = valid_frames(shares, T)
    for count, row in zip(counts.tolist(), mask):
        assert row.tolist() == [t < count for t in range(T)]


def test_a_row_has_at_least_one_frame():
    assert valid_counts(torch.tensor([0.001]), 10).tolist() == [1]


def test_samples_of_shares_that_float32_cannot_hold():
    samples = torch.tensor([40003, 13334, 7001, 1])
    assert torch.equal(valid_counts(samples / 40003, 40003), samples)
