"""Frame counts and padding masks against a loop over rows."""

import pytest
import torch

from sb_contrastive.encoders.valid_frames import frame_counts, valid_frames


@pytest.mark.parametrize("T", [1, 7, 50, 1499])
def test_every_count_survives_its_share(T):
    # SpeechBrain stores count / T in float32
    counts = torch.arange(1, T + 1)
    shares = torch.tensor([count / T for count in counts.tolist()])
    assert torch.equal(frame_counts(shares, T), counts)
    mask = valid_frames(shares, T)
    for count, row in zip(counts.tolist(), mask):
        assert row.tolist() == [t < count for t in range(T)]


def test_a_row_has_at_least_one_frame():
    assert frame_counts(torch.tensor([0.001]), 10).tolist() == [1]
