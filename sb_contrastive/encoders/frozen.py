"""Encoders that nothing trains: kept out of reach of train(), optimisers and checkpoints."""

import copy
import hashlib

import torch

from sb_contrastive.encoders.utterance_encoder import FRONT_END
from sb_contrastive.encoders.weights import load_weights


class Frozen:
    """A network in evaluation mode, without gradient, that stays so.

    It is no `torch.nn.Module`, so a module that holds one does not list it
    among its children: `train()`, `requires_grad_()`, optimisers, averaging
    teachers and checkpoints pass it by, and copies of the holder share it
    instead of doubling its memory.

    Arguments
    ---------
    network : torch.nn.Module
        Frozen in place.

    Example
    -------
    >>> frozen = Frozen(torch.nn.Dropout(0.5))
    >>> holder = torch.nn.Module()
    >>> holder.frozen = frozen
    >>> holder.train().frozen.on("cpu").training
    False
    >>> copy.deepcopy(holder).frozen is frozen
    True
    """

    def __init__(self, network):
        self.network = network.requires_grad_(False).eval()
        self._digest = None

    def __deepcopy__(self, memo):
        return self

    def on(self, device):
        """The network, moved to where its input is.

        Arguments
        ---------
        device : str or torch.device

        Returns
        -------
        torch.nn.Module
        """
        # Those that hold it cannot take it along when they are moved
        return self.network.to(device)

    def digest(self):
        """Hash of the weights that make the frames: names, shapes and values.

        Returns
        -------
        bytes
            16 of them.
        """
        if self._digest is None:
            self._digest = _hash_of(_frame_state(self.network))
        return self._digest


class FrozenFrames(torch.nn.Module):
    """Base of frozen frame encoders: waveforms [B, S] -> frames [B, T, D].

    They serve as `compute_features` of an `UtteranceEncoder`, under any method,
    and as source of a `FeatureCache`. A checkpoint of whatever holds one stores
    a hash in place of the frozen weights, and loading it beside other weights
    is refused.

    Arguments
    ---------
    frozen : Frozen
        The network.
    name : str
        What messages call it.
    """

    def __init__(self, frozen, name):
        super().__init__()
        self.frozen = frozen
        self.name = name

    def forward(self, wavs, wav_lens=None):
        """Frames alone, see `frames`.

        Arguments
        ---------
        wavs : torch.Tensor
            Waveforms [B, S], padded at the right.
        wav_lens : torch.Tensor, optional
            Valid share of each row [B]; all valid when absent.

        Returns
        -------
        torch.Tensor
            [B, T, D], zeros after the end of a row.
        """
        return self.frames(wavs, wav_lens)[0]

    def frames(self, wavs, wav_lens=None):
        """Frames and the valid share of each row, ([B, T, D], [B])."""
        raise NotImplementedError

    @property
    def frame_dim(self):
        """D, the size of a frame."""
        return self.frames(torch.zeros(1, 16000))[0].shape[-1]

    def fingerprint(self):
        """Hash of all that decides which frames come out: what a cache of them
        is named after.

        Returns
        -------
        str
            32 hexadecimal digits.
        """
        return _hash_of(self.state_dict(), self.extra_repr()).hex()

    def get_extra_state(self):
        """The hash that stands for the frozen weights in a checkpoint."""
        return torch.tensor(list(self.frozen.digest()), dtype=torch.uint8)

    def set_extra_state(self, state):
        """Refuses a checkpoint that was made with other frozen weights."""
        if bytes(state.tolist()) != self.frozen.digest():
            raise ValueError(
                f"the checkpoint was trained on another frozen encoder than "
                f"{self.name}: name the one it was trained on"
            )


class FrozenEncoder(FrozenFrames):
    """The frame level of an `UtteranceEncoder`, frozen: of one that this
    project has pretrained, or of one whose front end is from Hugging Face.

    Arguments
    ---------
    encoder : UtteranceEncoder
        With a `frame_layer`; it is copied, and left as it is.
    checkpoint : str or pathlib.Path, optional
        Its weights, `encoder.ckpt` of a pretraining stage. Without it, the
        encoder is frozen with the weights that it has.

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
        backbone = type(encoder.backbone).__name__
        super().__init__(Frozen(encoder), str(checkpoint or backbone))
        self.frame_layer = encoder.frame_layer

    @torch.no_grad()
    def frames(self, wavs, wav_lens=None):
        """Output of the encoder's `frame_layer`, in float32.

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
        """Names the layer, also in the fingerprint."""
        return f"frame_layer={self.frame_layer}"


def _frame_state(network):
    """Weights that frames depend on: with a front end's frames, not those of
    the backbone, which may be random."""
    state = network.state_dict()
    if getattr(network, "frame_layer", None) == FRONT_END:
        return {k: v for k, v in state.items() if not k.startswith("backbone.")}
    return state


def _hash_of(state, *texts):
    digest = hashlib.blake2b(repr(texts).encode(), digest_size=16)
    for name, value in sorted(state.items()):
        value = value.detach().cpu().contiguous()
        kind = (name, str(value.dtype), tuple(value.shape))
        digest.update(repr(kind).encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy())
    return digest.digest()
