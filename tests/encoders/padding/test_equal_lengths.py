"""Batches without padding, and frames that get it back."""

import torch

from sb_contrastive.encoders.padding.equal_lengths import (
    groups_of_equal_length,
    padded_frames,
)


def test_every_row_comes_once_and_without_padding():
    lengths = [7, 3, 7, 5]
    wavs = torch.zeros(4, 7)
    for row, length in enumerate(lengths):
        wavs[row, :length] = row + 1
    seen = {}
    for rows, equal in groups_of_equal_length(wavs, torch.tensor(lengths) / 7):
        for row, wav in zip(rows.tolist(), equal):
            assert row not in seen
            seen[row] = wav.tolist()
    assert seen == {r: [r + 1.0] * n for r, n in enumerate(lengths)}


def test_groups_are_joined_in_the_order_of_the_batch():
    rows = [torch.tensor([2, 0]), torch.tensor([1])]
    frames = [torch.tensor([[[2.0]], [[0.5]]]), torch.tensor([[[1.0], [1.5]]])]
    joined, shares = padded_frames(rows, frames)
    assert joined.squeeze(-1).tolist() == [[0.5, 0], [1, 1.5], [2, 0]]
    assert shares.tolist() == [0.5, 1, 0.5]
