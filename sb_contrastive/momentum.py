"""A teacher network that follows a student as an exponential moving average, and how fast it does."""

import copy

import numpy as np
import torch

from sb_contrastive.distributed import unwrap
from sb_contrastive.ranges import Fraction, Share
from sb_contrastive.schedules import as_schedule

MOST_POINTS = 100_000  # of a schedule that are looked at


class EMATeacher(torch.nn.Module):
    """A copy of a network that follows it as an exponential moving average.

    After each optimiser step, theta_t <- m theta_t + (1 - m) theta_s, in one
    fused operation over all parameters. The copy is made by value: rebuilding
    it from YAML would draw other weights.

    Arguments
    ---------
    student : torch.nn.Module
        The network to follow, which is copied.
    buffers : str
        The rule for buffers (batch-norm statistics). "own": the teacher
        computes the statistics of its own input, in the mode that it is set to,
        as in DINO. "copy": each update copies the student's buffers.

    Example
    -------
    >>> student = torch.nn.Linear(1, 1, bias=False)
    >>> teacher = EMATeacher(student)
    >>> before = student.weight.item()
    >>> _ = torch.nn.init.constant_(student.weight, before + 1)
    >>> teacher.update(student, momentum=0.9)
    >>> round(teacher.network.weight.item() - before, 4)
    0.1
    """

    def __init__(self, student, buffers="own"):
        super().__init__()
        if buffers not in ("own", "copy"):
            raise ValueError(f"buffers is 'own' or 'copy', got {buffers!r}")
        self.buffer_rule = buffers
        self.network = copy.deepcopy(student).requires_grad_(False)

    def train(self, mode=True):
        """Set the mode; of a pretrained network that is tuned, the teacher is
        always in evaluation mode: it hears all, with no dropout and no masks."""
        super().train(mode)
        for module in self.modules():
            if getattr(module, "rests_in_teachers", False):
                module.eval()
        return self

    @torch.no_grad()
    def forward(self, *args, **kwargs):
        """Run the teacher without gradient."""
        return self.network(*args, **kwargs)

    @torch.no_grad()
    def update(self, student, momentum):
        """Move the teacher towards the student.

        Arguments
        ---------
        student : torch.nn.Module
            The network that was copied, or its DistributedDataParallel wrapper.
        momentum : float
            m, the share of the old teacher that stays, in [0, 1].
        """
        student = unwrap(student)
        old, new = list(self.network.parameters()), list(student.parameters())
        torch._foreach_lerp_(old, new, 1.0 - momentum)
        if self.buffer_rule == "copy":
            for mine, theirs in zip(self.network.buffers(), student.buffers()):
                mine.copy_(theirs)


class TeacherMomentum:
    """A schedule of m that no run is too short for.

    A teacher still holds the product of all m of its initial weights at the end
    of a run. Published schedules are of runs of a hundred thousand steps and
    more; over 300 steps from 0.99 to 0.999 half of the teacher is as random as
    it was at the start. Where the product would exceed `initial_share`, all 1 -
    m are multiplied by one factor, the smallest that brings it there. A longer
    run keeps the curve as it is written, to the bit.

    Arguments
    ---------
    curve : callable
        Progress -> m, such as `sb_contrastive.schedules.Cosine(0.996, 1.0)`.
        Where a Brain gets it without this class around it, it is left alone.
    initial_share : float
        The most that the teacher may keep of its initial weights, in (0, 1].

    Example
    -------
    >>> from sb_contrastive.schedules import Cosine
    >>> momentum = TeacherMomentum(Cosine(0.996, 1.0))
    >>> short = momentum.over(300)
    >>> round(short(0), 4), round(short(0.5), 4), short(1)
    (0.9698, 0.9849, 1.0)
    >>> round(initial_share(short, 300), 4)
    0.01
    >>> momentum.over(500_000) is momentum.curve
    True
    """

    def __init__(self, curve: Share, initial_share: Fraction = 0.01):
        if not 0 < initial_share <= 1:
            raise ValueError(
                f"initial_share is a share in (0, 1], got {initial_share}"
            )
        self.curve, self.initial_share = as_schedule(curve), initial_share

    def __call__(self, progress):
        """Return m of a run that is long enough."""
        return self.curve(progress)

    def over(self, steps):
        """Return the schedule for a run of this many steps: progress -> m.

        Arguments
        ---------
        steps : int
            Optimiser steps in all, at least 1.

        Returns
        -------
        callable
        """
        rates, weight = _rates(self.curve, steps)
        if _share(rates, weight) <= self.initial_share:
            return self.curve
        if not rates.any():
            raise ValueError(
                "the momentum of a teacher is 1 at every step, so it would "
                "never leave its initial weights: let its curve start below 1"
            )
        low, high = 1.0, 1.0 / float(rates.max())  # at the upper end an m is 0
        for _ in range(60):
            middle = (low + high) / 2
            enough = _share(middle * rates, weight) <= self.initial_share
            low, high = (low, middle) if enough else (middle, high)
        return lambda progress: max(
            0.0, 1.0 - high * (1.0 - self.curve(progress))
        )


def initial_share(momentum, steps):
    """Compute the share of its initial weights that a teacher keeps: the product
    of m over all steps of a run.

    Arguments
    ---------
    momentum : callable
        Progress -> m.
    steps : int
        Optimiser steps in all.

    Returns
    -------
    float

    Example
    -------
    >>> from sb_contrastive.schedules import Constant
    >>> round(initial_share(Constant(0.999), 1000), 3)
    0.368
    """
    return _share(*_rates(momentum, steps))


def _rates(momentum, steps):
    """Return 1 - m at all steps, or at so many of them that it makes no
    difference, and how many steps each stands for."""
    points = max(1, min(steps, MOST_POINTS))
    rates = [1.0 - momentum(index / points) for index in range(points)]
    return np.array(rates, dtype=np.float64), max(steps, 1) / points


def _share(rates, weight):
    with np.errstate(divide="ignore"):  # the logarithm of m = 0 is -inf
        logs = np.log1p(-np.minimum(rates, 1.0))
    return float(np.exp(weight * logs.sum()))
