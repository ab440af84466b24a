"""Lengths of another kind are refused: they would be taken for whole rows."""

import pytest
import torch

from sb_contrastive.encoders.padding.batches import check_batch


@pytest.mark.parametrize(
    "shape, lengths, said",
    [
        ((2, 8), [8.0, 4.0], "one is 8: divide samples"),
        ((2, 8), [1.0, 0.0], "one is 0"),
        ((2, 8), [1.0, float("nan")], "one is nan"),
        ((2, 8), [-0.5, 1.0], "one is -0.5"),
        ((2, 8), [1.0], r"2 waveforms have 2 lengths \[B\], got \[1\]"),
        ((2, 8), [[1.0, 1.0]], r"got \[1, 2\]"),
        ((8,), None, r"waveforms are \[B, S\], got \[8\]"),
        ((2, 1, 8), None, r"got \[2, 1, 8\]"),
    ],
)
def test_refused(shape, lengths, said):
    lengths = None if lengths is None else torch.tensor(lengths)
    with pytest.raises(ValueError, match=said):
        check_batch(torch.zeros(shape), lengths)


@pytest.mark.parametrize("lengths", [None, [1.0, 0.25], [1.0000001, 1.0]])
def test_accepted(lengths):
    check_batch(
        torch.zeros(2, 8), None if lengths is None else torch.tensor(lengths)
    )
