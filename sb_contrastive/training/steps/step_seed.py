"""Randomness of dropout as a function of the step, so that a resumed run drops the same units."""

import os

import numpy as np
import torch

from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.distributed import rank


def seed_step(optimizer_step, step):
    """Seeds the global generators of PyTorch, from which dropout draws, and of
    NumPy, from which transformers draws the masks of SpecAugment; a resumed run
    would find them in another state.

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
    generator = keyed_generator(seed, *key)
    torch.manual_seed(generator.integers(2**63).item())
    np.random.seed(generator.integers(2**32))
