"""One loss of several objectives: weights by value, by schedule or by gradient norm."""

import torch

from sb_contrastive.losses.gradient_norm import gradient_norm
from sb_contrastive.ranges import NotNegative
from sb_contrastive.schedules import as_schedule
from sb_contrastive.suggestions import did_you_mean

REFRESH = 10  # optimiser steps between two looks at the gradients
MEMORY = 0.9  # of their exponential average


class GradientNorm:
    """The weight of an objective by its pull: weight * |g| is `share` times the
    pull of the first objective, g the gradient at the student's embeddings
    (as the adaptive weight of Esser et al. 2021,
    https://arxiv.org/abs/2012.09841, Eq. 7). So scales do not matter.

    Arguments
    ---------
    share : float
        1 where both shall pull alike; 0 leaves the objective out.

    Example
    -------
    >>> GradientNorm(share=0.3).share
    0.3
    """

    def __init__(self, share: NotNegative):
        if not share >= 0:
            raise ValueError(f"the share of a pull is 0 or more, got {share}")
        self.share = share


class Weighting(torch.nn.Module):
    """The weighted sum of losses, and the gradient norm of each.

    Norms are looked at every tenth optimiser step and averaged exponentially
    (0.9); they are buffers, so that a resumed run continues with the same
    weights.

    Arguments
    ---------
    weights : dict of str to (float, callable or GradientNorm)
        Of each objective, in order; a callable is a schedule, progress ->
        weight.

    Example
    -------
    >>> weighting = Weighting({"dino": 1.0, "vicreg": lambda progress: progress})
    >>> losses = {"dino": torch.tensor(5.0), "vicreg": torch.tensor(2.0)}
    >>> weighting(losses, progress=0.5)
    tensor(6.)
    """

    def __init__(self, weights):
        super().__init__()
        self.weights = dict(weights)
        first = next(iter(self.weights))
        if isinstance(self.weights[first], GradientNorm):
            raise ValueError(
                f"{first} is the first objective, against whose gradient the "
                f"others are weighed: give it a number or a schedule"
            )
        self.places = {name: i for i, name in enumerate(self.weights)}
        self.register_buffer("norms", torch.ones(len(self.weights)))
        self.register_buffer("looked", torch.tensor(False))

    def forward(self, losses, progress):
        """Add up weighted losses.

        Arguments
        ---------
        losses : dict of str to torch.Tensor
            Of all objectives, or in validation of some.
        progress : float
            Share of the training done.

        Returns
        -------
        torch.Tensor
            Scalar.
        """
        return sum(
            self.weight(name, progress) * loss for name, loss in losses.items()
        )

    def weight(self, name, progress):
        """Return the weight of one objective.

        Arguments
        ---------
        name : str
            The objective.
        progress : float
            Share of the training done.

        Returns
        -------
        float or torch.Tensor
            A tensor, which stays on the device, where it follows gradients.
        """
        weight = self.weights[name]
        if isinstance(weight, GradientNorm):
            own = self.norms[self.places[name]].clamp(min=1e-8)
            return weight.share * self.norms[0] / own
        return as_schedule(weight)(progress)

    def look(self, losses, tensors, step):
        """Update the gradient norms, every tenth step.

        Arguments
        ---------
        losses : dict of str to torch.Tensor
            Of all objectives, in order.
        tensors : list of torch.Tensor
            The student's embeddings.
        step : int
            Optimiser step.
        """
        if step % REFRESH:
            return
        norms = [gradient_norm(loss, tensors) for loss in losses.values()]
        norms = torch.stack(norms).to(self.norms)
        mean = MEMORY * self.norms + (1 - MEMORY) * norms
        self.norms.copy_(torch.where(self.looked, mean, norms))
        self.looked.fill_(True)

    def figures(self, progress):
        """Return gradient norms, and the weights that change, for the log.

        Arguments
        ---------
        progress : float
            Share of the training done.

        Returns
        -------
        dict of str to float
        """
        norms = dict(zip(self.weights, self.norms.tolist()))
        return {
            **{f"gradient_{name}": norm for name, norm in norms.items()},
            **{
                f"weight_{name}": float(self.weight(name, progress))
                for name, weight in self.weights.items()
                if isinstance(weight, GradientNorm) or callable(weight)
            },
        }


def objective_weights(objectives, given=None):
    """Return the weight of each objective, without those of weight 0: they are
    not computed, and their heads not trained.

    Arguments
    ---------
    objectives : dict of str to Objective
        By name.
    given : dict, optional
        Weights by name, as for `Weighting`; 1 for what is not named.

    Returns
    -------
    dict of str to (float, callable or GradientNorm)

    Raises
    ------
    ValueError
        If a weight is below 0 or names no objective, or all are 0.

    Example
    -------
    >>> objective_weights({"dino": ..., "koleo": ...}, {"koleo": 0})
    {'dino': 1.0}
    """
    given = given or {}
    for name, weight in given.items():
        if name not in objectives:
            raise ValueError(
                f"there is a weight for {name!r}, but the objectives are "
                f"{', '.join(objectives)}{did_you_mean(name, objectives)}"
            )
        if isinstance(weight, (int, float)) and not weight >= 0:
            raise ValueError(f"the weight of {name} is 0 or more, got {weight}")
    weights = {name: given.get(name, 1.0) for name in objectives}
    weights = {
        name: weight
        for name, weight in weights.items()
        if getattr(weight, "share", weight) != 0
    }
    if not weights:
        raise ValueError("all objectives have weight 0: nothing to learn")
    return weights
