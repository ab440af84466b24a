"""The frames of an encoder as a front end for another network."""

import torch


class EncoderFrames(torch.nn.Module):
    """Turn waveforms into the frames of an `UtteranceEncoder`.

    Unlike `FrozenEncoder` it keeps its weights in its `state_dict`, so that a
    model folder can hold them.

    Arguments
    ---------
    encoder : UtteranceEncoder
        An encoder with a `frame_layer`.

    Example
    -------
    >>> from speechbrain.lobes.features import Fbank
    >>> from sb_contrastive.encoders import UtteranceEncoder, XVector
    >>> encoder = UtteranceEncoder(
    ...     Fbank(n_mels=40), XVector(in_channels=40, lin_neurons=16), 16,
    ...     frame_layer="compute_features",
    ... )
    >>> EncoderFrames(encoder)(torch.randn(2, 16000)).shape
    torch.Size([2, 101, 40])
    """

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, wavs, wav_lens=None):
        """Return frames [B, T, D], zeros after the end of a row.

        Arguments
        ---------
        wavs : torch.Tensor
            Waveforms [B, S], padded at the right.
        wav_lens : torch.Tensor, optional
            Valid share of each row [B]; all valid when absent.

        Returns
        -------
        torch.Tensor
        """
        return self.encoder.frames(wavs, wav_lens)[0]
