"""The log-mel features that Whisper was trained on, in PyTorch."""

import torch


class WhisperLogMel(torch.nn.Module):
    """Log-mel features of the real length, on the device and in the graph of
    the waveforms; equal to those of transformers' `WhisperFeatureExtractor`
    without padding.

    Arguments
    ---------
    num_mel_bins : int
        M, 80 or 128.
    sample_rate : int
        Rate of the waveforms in Hz.

    Example
    -------
    >>> WhisperLogMel(80)(torch.randn(2, 16000)).shape
    torch.Size([2, 80, 100])
    """

    n_fft, hop = 400, 160  # samples

    def __init__(self, num_mel_bins, sample_rate=16000):
        super().__init__()
        from transformers.audio_utils import mel_filter_bank

        filters = mel_filter_bank(
            num_frequency_bins=1 + self.n_fft // 2,
            num_mel_filters=num_mel_bins,
            min_frequency=0.0,
            max_frequency=8000.0,
            sampling_rate=sample_rate,
            norm="slaney",
            mel_scale="slaney",
        )
        filters = torch.from_numpy(filters).float().T.contiguous()  # [M, F]
        self.register_buffer("filters", filters, persistent=False)
        self.register_buffer(
            "window", torch.hann_window(self.n_fft), persistent=False
        )

    def forward(self, wavs):
        """Compute features.

        Arguments
        ---------
        wavs : torch.Tensor
            Waveforms [B, S] of equal length, of more than `n_fft` / 2 samples.

        Returns
        -------
        torch.Tensor
            [B, M, S / 160]; each utterance reaches down to 80 dB below its
            loudest band.
        """
        spectrum = torch.stft(
            wavs, self.n_fft, self.hop, window=self.window, return_complex=True
        )
        power = spectrum[..., :-1].abs().square()  # [B, F, T]
        mel = (self.filters @ power).clamp(min=1e-10).log10()
        mel = mel.maximum(mel.amax(dim=(1, 2), keepdim=True) - 8.0)
        return (mel + 4.0) / 4.0
