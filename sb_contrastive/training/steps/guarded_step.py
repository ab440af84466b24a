"""A training step that is taken whole or not at all: one whose loss or gradient is not finite is undone."""

import torch

from sb_contrastive.distributed import sum_over_ranks
from sb_contrastive.training.steps.buffer_copy import BufferCopy
from sb_contrastive.training.steps.gradients import clip_gradients
from sb_contrastive.training.steps.nonfinite import BrokenBatch
from sb_contrastive.training.steps.pull import Pull


class GuardedStep:
    """Takes optimiser steps, each in the order `begin`, `check` of the loss, and,
    after the backward pass, `take`; `undo` after a `BrokenBatch`. Gradients of
    all parameter groups are clipped by their common norm, after those of the
    pull to pretrained weights were added.

    Arguments
    ---------
    optimizer : torch.optim.Optimizer
        Of the parameters.
    modules : torch.nn.Module
        What is trained, as it starts: see `Pull`.
    moved : list of torch.nn.Module
        Whose buffers a forward pass moves.

    Example
    -------
    >>> layer = torch.nn.Linear(1, 1)
    >>> step = GuardedStep(torch.optim.SGD(layer.parameters(), 0.1), layer, [])
    >>> step.begin()
    >>> step.check(torch.tensor(float("nan")))
    Traceback (most recent call last):
    ...
    sb_contrastive.training.steps.nonfinite.BrokenBatch: loss
    >>> step.undo()
    """

    def __init__(self, optimizer, modules, moved):
        self.optimizer = optimizer
        self.buffers, self.pull = BufferCopy(moved), Pull(modules)

    def begin(self):
        """Keep what the forward pass moves."""
        self.buffers.take()

    def check(self, loss):
        """Leave the step on all processes when the loss of one is not finite.

        Arguments
        ---------
        loss : torch.Tensor
            Of this process, scalar.

        Raises
        ------
        BrokenBatch
            Which names the loss.
        """
        self.loss = loss.detach()
        broken = (~torch.isfinite(self.loss)).float()
        if sum_over_ranks(broken) > 0:
            raise BrokenBatch("loss")

    def take(self, scaler, limit):
        """Move the parameters, and forget the gradients.

        Arguments
        ---------
        scaler : torch.amp.GradScaler
            By which the loss was scaled.
        limit : float
            Largest norm of the gradients; 0: none.

        Raises
        ------
        BrokenBatch
            When a gradient is not finite, and not for the scaler's scale.
        """
        scaler.unscale_(self.optimizer)
        if self.pull.terms:
            self.pull.add(self.loss)
        norm = clip_gradients(self.optimizer, limit)
        if not torch.isfinite(norm):
            # A scale that is too large is the scaler's to find, and it skips
            # the step by itself
            scaled = scaler.is_enabled() and scaler.get_scale() > 1
            if not scaled:
                scaler.update()
                raise BrokenBatch("gradient")
        scaler.step(self.optimizer)
        scaler.update()
        self.optimizer.zero_grad(set_to_none=True)

    def undo(self):
        """Put back what the forward pass has moved, and forget the gradients."""
        self.buffers.put_back()
        self.optimizer.zero_grad(set_to_none=True)
