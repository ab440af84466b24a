"""The common base of frozen encoders that turn waveforms into frames."""

import torch

from sb_contrastive.encoders.frozen.network import hash_of


class FrozenFrames(torch.nn.Module):
    """Base of frozen frame encoders: waveforms [B, S] -> frames [B, T, D].

    They serve as `compute_features` of an `UtteranceEncoder`, under any method,
    and as the source of a `FeatureCache`. A checkpoint of whatever holds one
    stores a hash in place of the frozen weights, and loading it beside other
    weights is refused.

    Arguments
    ---------
    frozen : FrozenNetwork
        The network.
    name : str
        The name that messages use.
    """

    trains = False  # whether frames may change from step to step

    def __init__(self, frozen, name):
        super().__init__()
        self.frozen = frozen
        self.name = name

    def forward(self, wavs, wav_lens=None):
        """Return the frames alone, see `frames`.

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
        """Return frames [B, T, D] and the valid share of each row [B]."""
        raise NotImplementedError

    @property
    def frame_dim(self):
        """The size D of a frame."""
        return self.frames(torch.zeros(1, 16000))[0].shape[-1]

    def fingerprint(self):
        """Return a hash of everything that decides which frames come out; a
        cache of frames is named after it.

        Returns
        -------
        str
            32 hexadecimal digits.
        """
        return hash_of(self.state_dict(), self.extra_repr()).hex()

    def get_extra_state(self):
        """Return the hash that stands for the frozen weights in a checkpoint."""
        return torch.tensor(list(self.frozen.digest()), dtype=torch.uint8)

    def set_extra_state(self, state):
        """Refuse a checkpoint that was made with other frozen weights."""
        if bytes(state.tolist()) != self.frozen.digest():
            raise ValueError(
                f"the checkpoint was trained on another frozen encoder than "
                f"{self.name}: name the one it was trained on"
            )
