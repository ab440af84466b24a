"""The losses of all objectives as one, and what the log has of each."""

import torch

from sb_contrastive.objectives.weighting import Weighting
from sb_contrastive.training.steps.epoch_means import EpochMeans


class ObjectiveLosses:
    """Adds up the weighted losses of objectives, and keeps the loss and the
    gradient norm of each where there are several.

    Arguments
    ---------
    objectives : mapping of str to Objective
        By name.
    weights : dict of str to (float, callable or GradientNorm)
        By the same names, see `Weighting`.
    device : str or torch.device
        Where training is done.

    Example
    -------
    >>> from sb_contrastive.objectives import Moment, Objective
    >>> class Mean(Objective):
    ...     def loss(self, outputs, moment):
    ...         return outputs.mean()
    >>> losses = ObjectiveLosses({"mean": Mean()}, {"mean": 2.0}, "cpu")
    >>> moment = Moment(0.0, 0, 1, ["a", "b"])
    >>> losses.train({"mean": torch.tensor([1.0, 2.0])}, moment, [])
    tensor(3.)
    """

    def __init__(self, objectives, weights, device):
        self.objectives, self.device = objectives, device
        self.weighting = Weighting(weights).to(device)
        self.several = len(objectives) > 1
        names = list(objectives) if self.several else []
        parts = [part for o in objectives.values() for part in o.parts]
        self.means = EpochMeans([*names, *parts]).to(device)
        self.forget()

    def recoverables(self):
        """Return what a checkpoint keeps, by name."""
        if not self.means.names:
            return {}
        return {"means": self.means, "weighting": self.weighting}

    def forget(self):
        """Forget the last validation part."""
        self.valid = {}  # name of an objective: losses of the batches

    def train(self, outputs, moment, embeddings):
        """Compute the loss of a training batch.

        Arguments
        ---------
        outputs : dict
            Of each objective's heads.
        moment : Moment
            Progress of the training, and who is in the batch.
        embeddings : list of torch.Tensor
            Of the student, at which gradients are compared.

        Returns
        -------
        torch.Tensor
            Scalar.
        """
        losses, parts = {}, {}
        for name, objective in self.objectives.items():
            losses[name], own = _loss(objective, outputs[name], moment)
            parts |= own
        if self.several:
            self.weighting.look(losses, embeddings, moment.step)
        self.means.add({**losses, **parts})
        return self.weighting(losses, moment.progress)

    def validate(self, outputs, moment):
        """Compute the loss of a validation batch, and keep what the monitors need.

        Arguments
        ---------
        outputs, moment
            As for `train`.

        Returns
        -------
        torch.Tensor
            Scalar; 0 where no objective is computed in validation.
        """
        losses = {}
        for name, objective in self.objectives.items():
            objective.watch(outputs[name], moment)
            if objective.validated:
                losses[name], _ = _loss(objective, outputs[name], moment)
                self.valid.setdefault(name, []).append(losses[name])
        if not losses:
            return torch.zeros((), device=self.device)
        return self.weighting(losses, moment.progress)

    def train_figures(self, progress):
        """Return the loss and the gradient norm of each of several objectives, and
        the parts of losses that have some; start anew."""
        if not self.means.names:
            return {}
        figures = {f"train_{k}": v for k, v in self.means.read().items()}
        if self.several:
            figures |= self.weighting.figures(progress)
        return figures

    def valid_figures(self, loss, progress):
        """Return the losses and the figures of the monitors. A figure that an earlier
        objective has, too, carries the name of the objective in front.

        Arguments
        ---------
        loss : float
            Of the validation part, of all objectives.
        progress : float
            Share of the training done.

        Returns
        -------
        dict of str to float or torch.Tensor
        """
        figures = {}
        losses = {
            name: torch.stack(values).mean().item()
            for name, values in self.valid.items()
        }
        if losses:
            figures["valid_loss"] = loss
            if self.several:
                figures |= {f"valid_{k}": v for k, v in losses.items()}
        for name, objective in self.objectives.items():
            own = objective.figures(losses.get(name), progress)
            for key, value in own.items():
                figures[f"{name}_{key}" if key in figures else key] = value
        return figures


def _loss(objective, outputs, moment):
    """Return the loss of an objective, and the parts of it by name."""
    loss = objective.loss(outputs, moment)
    return loss if objective.parts else (loss, {})
