"""Log-mels as SpeechBrain computes them, by one convolution, which every ONNX runtime has."""

import math

import torch
from torch.nn import functional as F


class LogMel(torch.nn.Module):
    """The same features as a SpeechBrain `Fbank`, without an STFT operator.

    The windowed Fourier transform is a convolution with cosines and sines. Where
    a runtime has an STFT operator at all, it is ten times slower, and less exact:
    for lengths that are no power of two its error reaches a tenth of a decibel.

    Arguments
    ---------
    fbank : speechbrain.lobes.features.Fbank
        With neither deltas nor context. Its filters are taken as they are.

    Example
    -------
    >>> from speechbrain.lobes.features import Fbank
    >>> fbank, wavs = Fbank(n_mels=80), torch.randn(2, 4000)
    >>> bool((LogMel(fbank)(wavs) - fbank(wavs)).abs().max() < 0.01)  # dB
    True
    """

    def __init__(self, fbank):
        super().__init__()
        stft, mel = fbank.compute_STFT, fbank.compute_fbanks
        self.hop, self.half = stft.hop_length, stft.n_fft // 2
        self.register_buffer("waves", _waves(stft))
        self.register_buffer("filters", _filters(mel))
        self.amin, self.top_db = mel.amin, mel.top_db
        self.multiplier = mel.multiplier
        self.reference = mel.multiplier * mel.db_multiplier

    def forward(self, wavs):
        """Compute the features.

        Arguments
        ---------
        wavs : torch.Tensor
            Waveforms [B, S].

        Returns
        -------
        torch.Tensor
            [B, T, F], in decibels; at most `top_db` below the loudest.
        """
        # Frames are centred: the ends are padded by half a window of zeros
        waves = F.conv1d(
            wavs[:, None], self.waves, stride=self.hop, padding=self.half
        )  # [B, 2 N, T]
        real, imaginary = waves.square().chunk(2, dim=1)
        power = (real + imaginary).transpose(1, 2)  # [B, T, N]
        mels = (power @ self.filters).clamp(min=self.amin)
        decibels = self.multiplier * torch.log10(mels) - self.reference
        loudest = decibels.amax(dim=(1, 2), keepdim=True)
        return torch.maximum(decibels, loudest - self.top_db)


def _waves(stft):
    """Return windowed cosines and sines [2 N, 1, n_fft], N frequencies each."""
    size = stft.n_fft
    first = (size - stft.win_length) // 2  # a short window stands in the middle
    window = torch.zeros(size, dtype=torch.float64)
    window[first : first + stft.win_length] = stft.window.double()
    times = torch.arange(size, dtype=torch.float64)
    turns = torch.outer(times[: size // 2 + 1], times) / size
    angles = 2 * math.pi * turns
    waves = torch.cat([angles.cos(), angles.sin()]) * window
    return waves.float().unsqueeze(1)


@torch.no_grad()
def _filters(mel):
    """Return the filters of a `Filterbank` [N, F]."""
    # What it does to a spectrogram of one frequency, before the logarithm
    log, mel.log_mel = mel.log_mel, False
    try:
        return mel.eval()(torch.eye(mel.n_stft)[None])[0].clone()
    finally:
        mel.log_mel = log
