"""Whisper's encoder as a front end, without padding to half a minute."""

import torch
from torch.nn import functional as F

from sb_contrastive.encoders.padding.equal_lengths import (
    frames_without_padding,
)
from sb_contrastive.encoders.pretrained.checkpoint import load_whisper
from sb_contrastive.encoders.pretrained.frames import PretrainedFrames
from sb_contrastive.encoders.pretrained.layer_by_layer import (
    outputs_of_layers,
)
from sb_contrastive.encoders.pretrained.layout import WHISPER
from sb_contrastive.encoders.pretrained.log_mel import WhisperLogMel
from sb_contrastive.ranges import Count


class WhisperFrames(PretrainedFrames):
    """Frames of a Whisper encoder (Radford et al. 2022,
    https://arxiv.org/abs/2212.04356), 50 a second.

    The encoder was trained on windows of 30 s, padded with silence. Here it
    hears the real length: its positions are cut to the frames that there are,
    and longer audio is heard in windows of equal length, each 30 s at most.
    Rows of different length never meet, so padding changes no frame.
    SpeechBrain's wrapper pads to 30 s, so transformers' encoder is used itself.

    Arguments
    ---------
    hub : str
        A local folder (config.json and the weights, of the full model or of the
        encoder alone) or the name of a model on huggingface.co.
    layers : str
        "last", "weighted" or "all", see `PretrainedFrames`.
    tuning : Tuning, optional
        What is trained; nothing when absent.
    save_path : str, optional
        Folder of downloads; that of transformers when absent.
    depth : int, optional
        How many layers stay, counted from the first; all when absent.

    Example
    -------
    >>> frames = WhisperFrames("models/whisper-tiny.en")  # doctest: +SKIP
    >>> frames(torch.randn(2, 16000)).shape  # doctest: +SKIP
    torch.Size([2, 50, 384])
    """

    def __init__(
        self,
        hub,
        layers="last",
        tuning=None,
        save_path=None,
        depth: Count | None = None,
    ):
        encoder = load_whisper(str(hub), save_path)
        super().__init__(encoder, str(hub), WHISPER, layers, tuning, depth)
        self.compute_mel = WhisperLogMel(self.config.num_mel_bins)
        self.mask = None
        if self.trains and self.tuning.spec_augment:
            from speechbrain.augment.freq_domain import SpectrogramDrop

            self.mask = torch.nn.ModuleList(
                SpectrogramDrop(low, high, 1, 2, dim=dim)
                # 10 frames are 100 ms; the bands are a fifth at most
                for low, high, dim in ((5, 10, 1), (4, 16, 2))
            )

    def frames(self, wavs, wav_lens=None):
        """Return the frames of a padded batch.

        Arguments
        ---------
        wavs : torch.Tensor
            Waveforms [B, S] at 16 kHz, padded at the right.
        wav_lens : torch.Tensor, optional
            Valid share of each row [B]; all valid when absent.

        Returns
        -------
        tuple of torch.Tensor
            Frames [B, T, D], zeros after the end of a row, and the valid share
            of each row [B].
        """
        return frames_without_padding(self._encode, wavs, wav_lens)

    def _encode(self, wavs):
        """Encode [B, S], of one length, as [B, T, D]."""
        least = self.compute_mel.n_fft
        if wavs.shape[1] < least:
            raise ValueError(
                f"{self.name} needs {least} samples to make a frame, and an "
                f"utterance has {wavs.shape[1]}"
            )
        with torch.autocast(wavs.device.type, enabled=False):
            mel = self.compute_mel(wavs.float())  # [B, M, 2T]
            if self.mask is not None and self.tuned.training:
                for drop in self.mask:
                    mel = drop(mel.transpose(1, 2)).transpose(1, 2)
        longest = 2 * self.config.max_source_positions
        windows = -(-mel.shape[2] // longest)  # rounded up
        length = -(-mel.shape[2] // (2 * windows)) * 2  # an even number
        windows = mel.split(length, dim=2)
        return torch.cat([self._window(window) for window in windows], dim=1)

    def _window(self, mel):
        """Encode features [B, M, 2T] of one window as [B, T, D]."""
        with self.gradient(mel.device):
            encoder = self.on(mel.device)
            x = _first_input(encoder, mel, self.first_trained is None)
            states = _states(encoder, encoder.layers, x)
        return self.combined(states)

    def upper(self, frames):
        """Run the trained layers, in the windows of `_encode`."""
        windows = -(-frames.shape[1] // self.config.max_source_positions)
        length = -(-frames.shape[1] // windows)
        upper = super().upper
        return torch.cat([upper(w) for w in frames.split(length, dim=1)], dim=1)

    def upper_states(self, x):
        """Return the outputs of the trained layers."""
        encoder = self.tuned.network
        return _states(encoder, encoder.layers[self.first_trained :], x)[1:]


def _first_input(encoder, mel, dropout=True):
    """Make the input of the first layer; the encoder's own call refuses all
    lengths but 30 s."""
    x = F.gelu(encoder.conv2(F.gelu(encoder.conv1(mel))))
    x = x.transpose(1, 2)  # [B, T, D]
    x = x + encoder.embed_positions.weight[: x.shape[1]]
    return F.dropout(x, encoder.dropout, encoder.training and dropout)


def _states(encoder, layers, x):
    """Return the input of each layer, and the normalised output of the last."""
    drop = encoder.layerdrop
    states = [x, *outputs_of_layers(layers, x, drop, attention_mask=None)]
    states[-1] = encoder.layer_norm(states[-1])
    return states
