"""Training in several processes: how networks are wrapped, and which batches a process has."""

import os

from speechbrain.dataio.sampler import ReproducibleRandomSampler
from torch.nn.parallel import DistributedDataParallel

from sb_contrastive.data.sampling.rank_share import RankShare
from sb_contrastive.distributed import copy_from_first_rank
from sb_contrastive.encoders.pretrained.frames import PretrainedFrames
from sb_contrastive.training.batch_norm import synchronise_batch_norm


def wrap_for_ranks(modules, device=None, find_unused_parameters=False):
    """Makes networks the same on all processes, and those that learn stay so.
    Batch statistics are those of all processes, on a CPU and in networks that
    are only followed too, which SpeechBrain's wrapping leaves out.

    Arguments
    ---------
    modules : torch.nn.ModuleDict
        Changed in place.
    device : torch.device, optional
        The process's GPU; None on a CPU.
    find_unused_parameters : bool
        As for `DistributedDataParallel`.
    """
    for name, module in modules.items():
        module = synchronise_batch_norm(module)
        copy_from_first_rank([*module.parameters(), *module.buffers()])
        if any(p.requires_grad for p in module.parameters()):
            module = DistributedDataParallel(
                module,
                device_ids=None if device is None else [device],
                # They are alike already, and a broadcast before the second of
                # two passes would change what the first one's gradient needs
                broadcast_buffers=False,
                find_unused_parameters=find_unused_parameters,
            )
        modules[name] = module


def leaves_out_layers(modules):
    """Tell whether a step may leave weights without a gradient, since LayerDrop
    leaves out a layer of a pretrained network.

    Arguments
    ---------
    modules : torch.nn.Module
        What is trained.

    Returns
    -------
    bool

    Example
    -------
    >>> import torch
    >>> leaves_out_layers(torch.nn.Linear(1, 1))
    False
    """
    return any(
        isinstance(module, PretrainedFrames) and module.drops_layers
        for module in modules.modules()
    )


def share_of_rank(dataset, loader_kwargs):
    """Loader options of one process, whose batches are a part of those that a
    single process would see.

    Arguments
    ---------
    dataset : Dataset
        The training part.
    loader_kwargs : dict
        Options of a single process: `batch_sampler`, or `batch_size` with a
        `sampler` or `shuffle`.

    Returns
    -------
    options : dict
        What to give the loader.
    sampler : RankShare
        To be told the epoch.

    Example
    -------
    >>> options, share = share_of_rank(range(6), {"batch_size": 3})
    >>> list(share), sorted(options)
    ([0, 1, 2, 3, 4, 5], ['batch_size', 'sampler'])
    """
    options = dict(loader_kwargs)
    shuffle = options.pop("shuffle", False)
    if options.get("batch_sampler") is not None:
        share = RankShare(options["batch_sampler"], 1)
        options["batch_sampler"] = share
    else:
        order = options.get("sampler") or range(len(dataset))
        if shuffle:
            seed = os.environ.get("SB_GLOBAL_SEED", 563375142)
            order = ReproducibleRandomSampler(dataset, seed=seed)
        share = RankShare(order, options.get("batch_size", 1))
        options["sampler"] = share
    return options, share
