"""Features whose filters are made for audio of another rate are refused, unless they resample it."""

import pytest
import torch
import torchaudio
from speechbrain.lobes.features import MFCC, Fbank
from speechbrain.nnet.CNN import SincConv

from sb_contrastive.encoders import UtteranceEncoder
from sb_contrastive.encoders.sample_rate import check_sample_rate


class Resampled(torch.nn.Module):
    """Telephone features of wideband audio: it brings the audio to their rate."""

    def __init__(self):
        super().__init__()
        self.resample = torchaudio.transforms.Resample(16000, 8000)
        self.fbank = Fbank(sample_rate=8000, n_fft=200, n_mels=20)

    def forward(self, wavs):
        return self.fbank(self.resample(wavs))


@pytest.mark.parametrize(
    "features",
    [
        Fbank(sample_rate=8000, n_fft=200),
        MFCC(sample_rate=22050),
        torchaudio.transforms.MelSpectrogram(sample_rate=44100),
        SincConv(11, kernel_size=25, in_channels=1, sample_rate=8000),
    ],
    ids=["Fbank", "MFCC", "torchaudio", "SincConv"],
)
def test_another_rate_is_refused_by_name(features):
    with pytest.raises(
        ValueError, match="Hz, and gets audio of 16000 Hz: give"
    ):
        UtteranceEncoder(features, torch.nn.Identity(), 8)


def test_a_network_on_waveforms_is_looked_at_too():
    network = SincConv(11, kernel_size=25, in_channels=1, sample_rate=8000)
    with pytest.raises(ValueError, match="SincConv is made for audio of 8000"):
        UtteranceEncoder(torch.nn.Identity(), network, 11)


def test_what_fits_is_taken():
    check_sample_rate(Resampled(), 16000)
    check_sample_rate(Fbank(sample_rate=8000), 8000)
    UtteranceEncoder(
        Fbank(sample_rate=8000), torch.nn.Identity(), 8, sample_rate=8000
    )
