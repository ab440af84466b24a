"""The weighted sum of the adapter's objectives, and the choices that the paper leaves open."""

from typing import NamedTuple

import torch
from torch.nn import functional as F

from sb_contrastive.adapter.losses.attributes import LABELS, attribute_loss
from sb_contrastive.adapter.losses.distillation import (
    frame_distillation_loss,
    utterance_distillation_loss,
)
from sb_contrastive.adapter.losses.mask_prediction import mask_prediction_loss
from sb_contrastive.adapter.masked_mean import masked_mean
from sb_contrastive.adapter.utterance_norm import utterance_norm
from sb_contrastive.ranges import NotNegative
from sb_contrastive.suggestions import check_choice, did_you_mean

OBJECTIVES = ("mask_prediction", "self_distillation", "local_attributes")
MASK_TARGETS = ("teacher", "encoder")
LEVELS = ("frame", "utt", "dino")


def predicted_dim(mask_target, adapter_dim, frame_dim):
    """Return the size of the frames that mask prediction aims at, those of the
    teacher or of the frozen encoder.

    Arguments
    ---------
    mask_target : str
        As for `AdapterObjective`.
    adapter_dim : int
        Size of the teacher's frames.
    frame_dim : int
        Size of the encoder's frames.

    Returns
    -------
    int

    Example
    -------
    >>> predicted_dim("encoder", adapter_dim=64, frame_dim=192)
    192
    """
    return frame_dim if mask_target == "encoder" else adapter_dim


class AdapterFrames(NamedTuple):
    """The frames of a batch: `features` of the frozen encoder [B, T, D], outputs
    of `student` and `teacher` [B, T, D'], booleans `valid` and `masked` [B, T]."""

    features: torch.Tensor
    student: torch.Tensor
    teacher: torch.Tensor
    valid: torch.Tensor
    masked: torch.Tensor


class AdapterObjective(torch.nn.Module):
    """L = w_mp L_mp + w_sd L_sd + w_la L_la (Song et al. 2025,
    https://arxiv.org/abs/2509.23795). An objective of weight 0 is not computed,
    and its head may be left out.

    The abstract of the paper names the objectives, but does not say what each of
    them regresses to, so arguments offer the choices.

    Arguments
    ---------
    attributes : LocalAttributes, optional
        Clusters of teacher frames; not needed where their weight is 0.
    weights : dict of str to float, optional
        Weights of `mask_prediction`, `self_distillation` and
        `local_attributes`; an objective that is not named has weight 1.
    mask_target : str
        "teacher": teacher frames, normalised per utterance; "encoder":
        layer-normalised frames of the frozen encoder.
    distil_level : str
        "frame", "utt" or "dino".
    prototype_loss : PrototypeDistillationLoss, optional
        The loss of level "dino", which needs it.
    labels : str
        "hard", "soft" or "bce", see `attribute_loss`.

    Example
    -------
    >>> z, everywhere = torch.randn(2, 5, 4), torch.ones(2, 5).bool()
    >>> frames = AdapterFrames(z, z, z, everywhere, everywhere)
    >>> objective = AdapterObjective(
    ...     weights={"self_distillation": 0, "local_attributes": 0}
    ... )
    >>> losses, outputs = objective(frames, {"predictor": torch.nn.Linear(4, 4)})
    >>> list(losses), list(outputs)
    (['mask_prediction'], ['normalised', 'targets', 'predictions'])
    """

    def __init__(
        self,
        attributes=None,
        weights: dict[str, NotNegative] | None = None,
        mask_target="teacher",
        distil_level="frame",
        prototype_loss=None,
        labels="hard",
    ):
        super().__init__()
        for name, value, known in (
            ("mask_target", mask_target, MASK_TARGETS),
            ("distil_level", distil_level, LEVELS),
            ("labels", labels, LABELS),
        ):
            check_choice(name, value, known)
        self.weights = _weights(weights or {})
        for name, part, needed in (
            ("attributes", attributes, self.weights["local_attributes"]),
            ("a prototype_loss", prototype_loss, distil_level == "dino"),
        ):
            if needed and part is None:
                raise ValueError(f"these objectives of the adapter need {name}")
        self.attributes = attributes
        self.mask_target = mask_target
        self.distil_level = distil_level
        self.prototype_loss = prototype_loss
        self.labels = labels

    @property
    def clusters(self):
        """Tells whether local attributes are in use (bool)."""
        return self.weights["local_attributes"] > 0

    @property
    def masks(self):
        """Tells whether any objective looks at masked frames (bool)."""
        return self.clusters or self.weights["mask_prediction"] > 0

    def forward(self, frames, heads):
        """Compute the objectives of a batch.

        Arguments
        ---------
        frames : AdapterFrames
            The frames of student and teacher.
        heads : mapping of str to callable
            `predictor`, `distiller`, `attribute_head` and, for level "dino",
            `teacher_distiller`; heads of objectives with weight 0 may be
            absent. The attribute head is called with frames and centroids.

        Returns
        -------
        losses : dict of str to torch.Tensor
            The loss of each objective in use, without its weight.
        outputs : dict of str to torch.Tensor
            `normalised` teacher frames and `targets` [B, T, D]; `predictions`
            [B, T, D], `ids` [B, T] and `logits` [B, T, K] where computed.
        """
        normalised = utterance_norm(frames.teacher, frames.valid)
        outputs = {"normalised": normalised, "targets": normalised}
        if self.mask_target == "encoder":
            features = frames.features
            outputs["targets"] = F.layer_norm(features, features.shape[-1:])
        parts = (
            self._mask_prediction,
            self._self_distillation,
            self._local_attributes,
        )
        losses = {
            name: part(frames, heads, outputs)
            for name, part in zip(OBJECTIVES, parts)
            if self.weights[name]
        }
        return losses, outputs

    def total(self, losses):
        """Sum the losses by their weights.

        Arguments
        ---------
        losses : dict of str to torch.Tensor
            The losses that `forward` returns.

        Returns
        -------
        torch.Tensor
            Scalar.
        """
        return sum(self.weights[name] * loss for name, loss in losses.items())

    def _mask_prediction(self, frames, heads, outputs):
        outputs["predictions"] = heads["predictor"](frames.student)
        return mask_prediction_loss(
            outputs["predictions"], outputs["targets"], frames.masked
        )

    def _self_distillation(self, frames, heads, outputs):
        student = heads["distiller"](frames.student)
        if self.distil_level == "utt":
            return utterance_distillation_loss(
                student, frames.teacher, frames.valid
            )
        unmasked = frames.valid & ~frames.masked
        if self.distil_level == "frame":
            return frame_distillation_loss(student, frames.teacher, unmasked)
        teacher = heads["teacher_distiller"](frames.teacher)
        return self.prototype_loss(student, teacher, unmasked)

    def _local_attributes(self, frames, heads, outputs):
        h = outputs["normalised"]
        labels = outputs["ids"] = self.attributes.nearest(h)  # [B, T]
        if self.labels != "hard":
            labels = self.attributes.probabilities(h)  # [B, T, K]
        # A copy, because the centroids may move before the backward pass
        centroids = self.attributes.centroids.clone()
        outputs["logits"] = heads["attribute_head"](frames.student, centroids)
        return attribute_loss(
            outputs["logits"], labels, frames.masked, self.labels
        )

    def accuracy(self, outputs, masked):
        """Return the share of masked frames whose attribute the student names.

        Arguments
        ---------
        outputs : dict of str to torch.Tensor
            The outputs that `forward` returns.
        masked : torch.Tensor
            Booleans [B, T].

        Returns
        -------
        torch.Tensor
            Scalar.
        """
        right = outputs["logits"].argmax(dim=-1) == outputs["ids"]
        return masked_mean(right.float(), masked)


def _weights(given):
    """Complete the weights, and refuse unknown names or a sum of nothing."""
    for name in given:
        if name not in OBJECTIVES:
            raise ValueError(
                f"the adapter has no objective {name!r}, its objectives are "
                f"{', '.join(OBJECTIVES)}{did_you_mean(name, OBJECTIVES)}"
            )
    weights = {name: given.get(name, 1.0) for name in OBJECTIVES}
    if not any(weights.values()):
        raise ValueError(
            "all objectives of the adapter have weight 0: nothing to learn"
        )
    return weights
