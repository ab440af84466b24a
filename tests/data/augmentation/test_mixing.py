"""What augmentation computes with: stretches of clips, lengths of transforms, spectra of rooms."""

import numpy as np
import pytest
import torch
from scipy.signal import fftconvolve

from sb_contrastive.data.augmentation.mixing import (
    FACTORS,
    RoomSpectra,
    fast_length,
    reverberated,
    stretch,
)


@pytest.mark.parametrize("offset", [0, 1, 6])
@pytest.mark.parametrize("S", [1, 6, 7, 8, 30])
def test_a_stretch_goes_round_the_clip(S, offset):
    clip, out = torch.randn(7), torch.empty(S)
    stretch(clip, offset, out)
    assert torch.equal(out, clip[(offset + torch.arange(S)) % 7])


def test_a_fast_length_is_the_least_even_one_of_its_kind():
    kind = sorted({f << k for f in FACTORS for k in range(1, 18)})
    for least in (1, 2, 3, 7, 1023, 1024, 1025, 33000, 65536, 70000):
        expected = next(n for n in kind if n >= least)
        assert fast_length(least) == expected


def test_spectra_are_remembered_for_each_length():
    rng = np.random.default_rng(0)
    responses = rng.standard_normal((3, 50))
    bank = RoomSpectra(torch.from_numpy(responses))
    for S in (400, 130, 400):
        dry = rng.standard_normal((4, S))
        rooms = [2, 0, 2, 1]
        wet = reverberated(torch.from_numpy(dry), bank.of(rooms, S)).numpy()
        for row, signal, room in zip(wet, dry, rooms):
            expected = fftconvolve(signal, responses[room])[:S]
            level = np.linalg.norm(signal) / np.linalg.norm(expected)
            np.testing.assert_allclose(row, expected * level, atol=1e-10)
    assert sorted(bank.found) == [192, 480]
