"""The mean of a network over the last checkpoints, as published figures of speaker encoders have it."""

import functools

import torch
from speechbrain.utils.checkpoints import (
    average_checkpoints,
    average_state_dicts,
)
from speechbrain.utils.logger import get_logger

logger = get_logger(__name__)


def average_last(checkpointer, name, module, count):
    """Load the mean of the last checkpoints of epochs into a network. Batch-norm
    statistics are averaged too.

    Arguments
    ---------
    checkpointer : speechbrain.utils.checkpoints.Checkpointer
        Has saved the network; where it has fewer checkpoints, those are taken.
    name : str
        The network's name there.
    module : torch.nn.Module
        The network, which is changed.
    count : int
        Number of checkpoints.

    Example
    -------
    >>> from sb_contrastive.training.checkpoints import AtomicCheckpointer
    >>> layer = torch.nn.Linear(1, 1, bias=False)
    >>> checkpointer = AtomicCheckpointer(getfixture("tmp_path"), {"layer": layer})
    >>> for weight in (9.0, 1.0, 2.0):
    ...     _ = torch.nn.init.constant_(layer.weight, weight)
    ...     _ = checkpointer.save_checkpoint()
    >>> average_last(checkpointer, "layer", layer, count=2)
    >>> layer.weight.item()
    1.5
    """
    found = checkpointer.find_checkpoints(
        importance_key=end_of_epoch_first,
        ckpt_predicate=lambda c: c.meta["end-of-epoch"],
        max_num_checkpoints=count,
    )
    load = functools.partial(torch.load, map_location="cpu", weights_only=True)
    state = average_checkpoints(found, name, load, _average)
    module.load_state_dict(state)
    logger.info(f"{name} is the mean of its last {len(found)} checkpoints")


def end_of_epoch_first(checkpoint):
    """Return a number by which checkpoints of epochs are more important than those
    within an epoch, and among them the newest.

    Arguments
    ---------
    checkpoint : speechbrain.utils.checkpoints.Checkpoint

    Returns
    -------
    tuple
    """
    meta = checkpoint.meta
    return meta["end-of-epoch"], meta["unixtime"]


def _average(states):
    """Average in float64, so that the sum of many loses nothing; counters of batch
    normalisation are whole numbers again."""
    kinds = {}

    def wide(state):
        kinds.update({name: value.dtype for name, value in state.items()})
        return {name: value.double() for name, value in state.items()}

    mean = average_state_dicts(map(wide, states))
    return {name: value.to(kinds[name]) for name, value in mean.items()}
