"""Signals played at another speed, against NumPy's interpolation."""

import numpy as np
import pytest
import torch

from sb_contrastive.data.augmentation.speed import change_speed

S = 8000


def test_speed_equals_numpys_interpolation():
    wavs = torch.randn(5, S, generator=torch.Generator().manual_seed(0))
    speeds = [0.5, 0.8, 1.0, 1.25, 1.9]
    for row, wav, speed in zip(change_speed(wavs, speeds), wavs, speeds):
        around = np.append(wav.double(), wav[0])  # the end meets the start
        at = np.arange(S) * speed % S
        expected = np.interp(at, np.arange(S + 1), around)
        np.testing.assert_allclose(row, expected, atol=1e-6)


def test_speed_moves_the_pitch():
    tone = torch.sin(2 * torch.pi * 400 * torch.arange(S) / 16000)[None]
    for speed in (0.8, 1.25):
        power = torch.fft.rfft(change_speed(tone, [speed])[0]).abs()
        assert power.argmax().item() * 16000 / S == pytest.approx(
            400 * speed, abs=4
        )
