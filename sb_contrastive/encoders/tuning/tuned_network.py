"""A network of which some weights are trained, while the others are fixed and shared by all copies."""

import copy

import torch

from sb_contrastive.encoders.tuning.lora import merge


class TunedNetwork(torch.nn.Module):
    """A network of which only some weights are parameters.

    The others become plain attributes of their modules, as do the buffers of
    modules that train nothing. So `requires_grad_()`, optimisers, averaging
    teachers and checkpoints pass them by, and copies of the network (a teacher,
    say) share them instead of doubling their memory.

    Arguments
    ---------
    network : torch.nn.Module
        The network, which is changed in place.
    trained : set of str
        Names of the parameters that are trained.
    resting : list of torch.nn.Module
        Parts that stay in evaluation mode, so that no dropout moves what the
        trained layers read. Batch normalisation that trains nothing rests, too.

    Example
    -------
    >>> network = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
    >>> tuned = TunedNetwork(network, {"1.weight", "1.bias"})
    >>> list(tuned.state_dict()), tuned(torch.ones(3, 2)).shape
    (['network.1.weight', 'network.1.bias'], torch.Size([3, 1]))
    >>> teacher = copy.deepcopy(tuned)
    >>> teacher.network[0].weight is tuned.network[0].weight
    True
    """

    rests_in_teachers = True  # see `EMATeacher.train`

    def __init__(self, network, trained, resting=()):
        super().__init__()
        self.fixed = _Shared()
        self.places = []  # (name of a module, name of its tensor)
        for module_name, module in network.named_modules():
            self._fix(module_name, module, trained)
        self.network = network
        self.resting = [*resting, *_idle_norms(network)]

    def _fix(self, module_name, module, trained):
        prefix = f"{module_name}." if module_name else ""
        tensors = dict(module._parameters)
        trains = any(prefix + name in trained for name in tensors)
        if not trains:
            tensors |= module._buffers
        for name, tensor in tensors.items():
            if prefix + name in trained:
                tensor.requires_grad_(True)
            elif tensor is not None:
                delattr(module, name)
                tensor = tensor.detach()
                self.fixed.tensors[module_name, name] = tensor
                self.places.append((module_name, name))
                _put(module, name, tensor)

    def forward(self, *args, **kwargs):
        """Run the network."""
        return self.network(*args, **kwargs)

    def merge(self):
        """Add low-rank updates to the weights for good, see `lora.merge`."""
        merged = merge(self.network)
        self.places = [
            (module, name)
            for module, name in self.places
            if not module.startswith(tuple(f"{layer}." for layer in merged))
        ]

    def plain_copy(self):
        """Return a copy of the network in which the fixed tensors are buffers,
        so that `state_dict` lists them; they share their memory with these."""
        other = copy.deepcopy(self)
        for module_name, name in other.places:
            module = other.network.get_submodule(module_name)
            module.register_buffer(name, module.__dict__.pop(name))
        return other.network

    def train(self, mode=True):
        """Set the mode of all parts but the resting ones."""
        super().train(mode)
        for module in self.resting:
            module.eval()
        return self

    def _apply(self, fn, recurse=True):
        """Move the fixed tensors as well; the first copy that is moved to a
        device moves them for all."""
        super()._apply(fn, recurse)
        for place in self.places:
            tensor = self.fixed.tensors[place]
            moved = fn(tensor)
            if (moved.device, moved.dtype) != (tensor.device, tensor.dtype):
                self.fixed.tensors[place] = moved
            module, name = place
            _put(
                self.network.get_submodule(module),
                name,
                self.fixed.tensors[place],
            )
        return self

    def __deepcopy__(self, memo):
        for tensor in self.fixed.tensors.values():
            memo[id(tensor)] = tensor
        other = type(self).__new__(type(self))
        memo[id(self)] = other
        other.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return other


class _Shared:
    """Holds tensors that copies of a network have in common."""

    def __init__(self):
        self.tensors = {}

    def __deepcopy__(self, memo):
        return self


def _put(module, name, tensor):
    """Set a plain attribute: a tensor that `torch.nn.Module` does not list."""
    module.__dict__[name] = tensor


def _idle_norms(network):
    """List the batch normalisations without parameters, whose statistics would
    move all the same."""
    return [
        module
        for module in network.modules()
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)
        and not list(module.parameters())
    ]
