"""A network that is out of reach of train(), optimisers and checkpoints."""

import hashlib

import torch

from sb_contrastive.encoders.utterance_encoder import FRONT_END


class FrozenNetwork:
    """A network that stays in evaluation mode and gets no gradient.

    It is no `torch.nn.Module`, so a module that holds one does not list it
    among its children: `train()`, `requires_grad_()`, optimisers, averaging
    teachers and checkpoints pass it by, and copies of the holder share it
    instead of doubling its memory.

    Arguments
    ---------
    network : torch.nn.Module
        The network, which is frozen in place.

    Example
    -------
    >>> import copy
    >>> frozen = FrozenNetwork(torch.nn.Dropout(0.5))
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
        """Return the network, moved to the device of its input."""
        # A holder that is moved to a device cannot take the network along
        return self.network.to(device)

    def digest(self):
        """Return 16 bytes that stand for the weights behind the frames: a hash
        of their names, shapes and values."""
        if self._digest is None:
            self._digest = hash_of(_frame_state(self.network))
        return self._digest


class BaseIdentity:
    """Stands for weights that training has changed since: only their hash.

    Arguments
    ---------
    digest : bytes
        From `FrozenNetwork.digest`.
    """

    def __init__(self, digest):
        self._digest = digest

    def digest(self):
        """Return the hash."""
        return self._digest


def hash_of(state, *texts):
    """Return a hash of tensors and texts, as 16 bytes.

    Arguments
    ---------
    state : dict of str to torch.Tensor
        The tensors; names, types, shapes and values all count.
    *texts : str
        Further text that counts.

    Returns
    -------
    bytes

    Example
    -------
    >>> hash_of({"a": torch.zeros(2)}) == hash_of({"b": torch.zeros(2)})
    False
    """
    digest = hashlib.blake2b(repr(texts).encode(), digest_size=16)
    for name, value in sorted(state.items()):
        value = value.detach().cpu().contiguous()
        kind = (name, str(value.dtype), tuple(value.shape))
        digest.update(repr(kind).encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy())
    return digest.digest()


def _frame_state(network):
    """Return the weights that frames depend on: where the front end gives the
    frames, the backbone may be random and does not count."""
    state = network.state_dict()
    if getattr(network, "frame_layer", None) == FRONT_END:
        return {k: v for k, v in state.items() if not k.startswith("backbone.")}
    return state
