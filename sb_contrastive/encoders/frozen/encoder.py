"""The frame level of an utterance encoder, frozen."""

import copy

import torch

from sb_contrastive.encoders.frozen.frames import FrozenFrames
from sb_contrastive.encoders.frozen.network import FrozenNetwork
from sb_contrastive.encoders.tuning.tuned_network import TunedNetwork
from sb_contrastive.encoders.weights import load_weights


class FrozenEncoder(FrozenFrames):
    """The frozen frame level of an `UtteranceEncoder` that this project has
    pretrained, or whose front end is from Hugging Face.

    Arguments
    ---------
    encoder : UtteranceEncoder
        An encoder with a `frame_layer`; it is copied and left as it is.
    checkpoint : str or pathlib.Path, optional
        The file of its weights, `encoder.ckpt` of a pretraining stage. Without
        it, the encoder is frozen with the weights that it has.

    Example
    -------
    >>> from speechbrain.lobes.features import Fbank
    >>> from speechbrain.lobes.models.Xvector import Xvector
    >>> from sb_contrastive.encoders import UtteranceEncoder
    >>> encoder = UtteranceEncoder(
    ...     Fbank(n_mels=40), Xvector(in_channels=40), 512,
    ...     frame_layer="blocks.14", frame_axis=1,
    ... )
    >>> frozen = FrozenEncoder(encoder)
    >>> frozen(torch.randn(2, 16000)).shape, frozen.frame_dim
    (torch.Size([2, 101, 1500]), 1500)
    >>> list(frozen.parameters())
    []
    """

    def __init__(self, encoder, checkpoint=None):
        if encoder.frame_layer is None:
            raise ValueError(
                "a frozen encoder gives frames: name its frame_layer in the "
                "encoder's YAML"
            )
        encoder = copy.deepcopy(encoder)
        if checkpoint is not None:
            load_weights(encoder, checkpoint)
        for part in list(encoder.modules()):
            if isinstance(part, TunedNetwork):
                part.merge()  # updates cost time, and do not change any more
        backbone = type(encoder.backbone).__name__
        super().__init__(FrozenNetwork(encoder), str(checkpoint or backbone))
        self.frame_layer = encoder.frame_layer

    @torch.no_grad()
    def frames(self, wavs, wav_lens=None):
        """Return the output of the encoder's `frame_layer`, in float32.

        Arguments
        ---------
        wavs : torch.Tensor
            Waveforms [B, S], padded at the right.
        wav_lens : torch.Tensor, optional
            Valid share of each row [B]; all valid when absent.

        Returns
        -------
        tuple of torch.Tensor
            Frames [B, T, D], zeros after the end of a row, and the valid share
            of each row [B].
        """
        encoder = self.frozen.on(wavs.device)
        with torch.autocast(wavs.device.type, enabled=False):
            return encoder.frames(wavs.float(), wav_lens)

    def extra_repr(self):
        """Name the layer, also in the fingerprint."""
        return f"frame_layer={self.frame_layer}"
