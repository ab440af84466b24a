"""Randomness of dropout as a function of the step, so that a resumed run drops the same units."""

import os

import torch

from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.distributed import rank


def seed_step(optimizer_step, step):
    """Seeds PyTorch's global generator, from which dropout draws and which a
    resumed run would find in another state.

    Arguments
    ---------
    optimizer_step : int
        Optimiser steps done.
    step : int
        Batches of this epoch so far.

    Example
    -------
    >>> seed_step(3, 1)
    >>> before = torch.rand(2)
    >>> seed_step(3, 1)
    >>> torch.equal(torch.rand(2), before)
    True
    """
    key = (optimizer_step, step, rank(), "dropout")
    seed = os.environ.get("SB_GLOBAL_SEED", "0")  # as SpeechBrain's sampler
    torch.manual_seed(keyed_generator(seed, *key).integers(2**63).item())
