"""The common base of pretrained Transformers as front ends: their layers, and what of them is trained."""

import contextlib

import torch

from sb_contrastive.encoders.frozen.frames import FrozenFrames
from sb_contrastive.encoders.frozen.network import BaseIdentity, FrozenNetwork
from sb_contrastive.encoders.pretrained.attention import use_fast_attention
from sb_contrastive.encoders.pretrained.cut_short import (
    cut_short,
    drops_frames,
)
from sb_contrastive.encoders.tuning.tuning import Tuning
from sb_contrastive.suggestions import check_choice

LAYERS = ("last", "weighted", "all")


class PretrainedFrames(FrozenFrames):
    """Base of front ends: waveforms [B, S] -> frames [B, T, D] of a pretrained
    Transformer, which is frozen or tuned.

    A checkpoint holds what is trained, and a hash that stands for the
    pretrained weights: loading it beside others is refused.

    Arguments
    ---------
    network : torch.nn.Module
        The Transformer, in evaluation mode.
    name : str
        The name that messages use.
    layout : Layout
        Where its parts are.
    layers : str or int
        "last": the last hidden state. A number N: the output of layer N alone,
        counted from 1, of a network that is not tuned (0: the input of the first;
        of the last layer, what comes after the final norm). "weighted": the sum of the input of the
        first layer and the outputs of all, with softmax(w), where w is trained
        and starts at 0. "all": these states side by side, for a pooling that
        reads them one by one; D is then their number times their size.
    tuning : Tuning, optional
        What is trained of the network; nothing when absent.
    depth : int, optional
        How many layers stay, counted from the first; all when absent. Those
        above are neither computed nor kept, nor is the norm that follows the
        last one. Where `layers` is a number, those above it go by themselves.
    """

    def __init__(
        self, network, name, layout, layers="last", tuning=None, depth=None
    ):
        tuning = tuning or Tuning()
        count = network.config.num_hidden_layers
        if depth is not None:
            _check_depth(network, name, depth)
            count = depth
        _check_layers(layers, count, tuning)
        if isinstance(layers, int) and not drops_frames(network):
            count = max(layers, 1)  # the first may prepare what its input is
        if count < network.config.num_hidden_layers:
            cut_short(network, layout, count)
            network.config.num_hidden_layers = count
        super().__init__(FrozenNetwork(network), name)
        self.config, self.layout = network.config, layout
        self.state_dim = network.config.hidden_size  # of one hidden state
        self.tuning = tuning
        self.tuned = None
        self.layers = layers
        if layers == "weighted":
            self.layer_weights = torch.nn.Parameter(torch.zeros(self.states))
        if self.tuning.trains:
            # Training changes the network: only the hash of what it was stays
            self.frozen = BaseIdentity(self.frozen.digest())
            self.tuned = self.tuning.apply(network, layout)
            use_fast_attention(network)

    @property
    def trains(self):
        """Tells whether frames may change from step to step."""
        return self.tuned is not None

    @property
    def first_trained(self):
        """The number of the first layer that "top_k" trains, which is also how
        many are frozen; None where something below it is trained, or nothing."""
        if self.tuning.tune != "top_k":
            return None
        return self.config.num_hidden_layers - self.tuning.top_layers

    @property
    def drops_layers(self):
        """Tells whether a training step may leave a layer out."""
        rates = (
            getattr(self.config, n, 0.0)
            for n in ("layerdrop", "encoder_layerdrop")
        )
        return self.trains and any(rate > 0 for rate in rates)

    @property
    def mixed_precision(self):
        """Tells whether the network runs in the precision of the training; a frozen
        one always gives the frames of its cache, in float32."""
        return self.trains

    @property
    def states(self):
        """Counts the hidden states: one more than layers."""
        return self.config.num_hidden_layers + 1

    @property
    def frame_dim(self):
        """The size D of a frame."""
        count = self.states if self.layers == "all" else 1
        return self.state_dim * count

    def rate_factors(self):
        """Return a dict from the id of a trained parameter to its share of the
        learning rate."""
        if not self.trains:
            return {}
        return self.tuning.rate_factors(self.tuned, self.layout)

    def combined(self, states):
        """Make frames of hidden states, as `layers` says, in float32."""
        if self.layers == "last":
            return states[-1].float()
        if self.layers == "all":
            return torch.stack(states, dim=2).flatten(2).float()
        if self.layers != "weighted":
            return states[self.layers].float()
        weights = self.layer_weights.softmax(dim=0)  # [L + 1]
        return sum(w * s.float() for w, s in zip(weights, states))

    def upper(self, frames):
        """Run the trained layers on frames of the frozen ones below them.

        Arguments
        ---------
        frames : torch.Tensor
            [B, T, D'] of equal length, from `lower_frames`.

        Returns
        -------
        torch.Tensor
            [B, T, D], what the whole front end makes of the same waveforms.
        """
        states = frames.split(self.state_dim, dim=2)
        return self.combined([*states, *self.upper_states(states[-1])])

    def upper_states(self, x):
        """Run the layers from `first_trained` on; return the output of each
        [B, T, D], of the last one after the final norm."""
        raise NotImplementedError

    def on(self, device):
        """Return the network, on the device of its input."""
        if self.trains:
            return self.tuned.network
        return self.frozen.on(device)

    @contextlib.contextmanager
    def gradient(self, device):
        """Let a frozen network run in float32, and keep nothing for a backward
        pass; a tuned one runs as the training does."""
        if self.trains:
            yield
            return
        with torch.no_grad(), torch.autocast(device.type, enabled=False):
            yield

    def extra_repr(self):
        """Name the layers, also in the fingerprint."""
        return f"layers={self.layers}"


def _check_depth(network, name, depth):
    """Refuse more layers than there are, and fewer where others follow them."""
    count = network.config.num_hidden_layers
    if depth > count:
        raise ValueError(
            f"depth is how many of the {count} layers of {name} stay, got {depth}"
        )
    if drops_frames(network):
        raise ValueError(
            f"{name} has layers behind its Transformer, which drop frames and "
            f"hear the last layer: leave depth at null"
        )


def _check_layers(layers, count, tuning):
    """Refuse a word that is none of `LAYERS`, and the number of a layer that there
    is not or above which something would be trained."""
    if isinstance(layers, bool) or not isinstance(layers, int):
        check_choice("layers", layers, LAYERS)
    elif not 0 <= layers <= count:
        raise ValueError(
            f"layers is one of {', '.join(LAYERS)} or a number from 0 to "
            f"{count}, the layers of this network, got {layers}"
        )
    elif tuning.trains:
        raise ValueError(
            f"layers: {layers} reads one layer of a frozen network, and tune: "
            f"{tuning.tune} would train others above it: choose tune: none, or "
            f"layers: {', '.join(LAYERS)}"
        )
