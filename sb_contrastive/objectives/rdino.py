"""RDINO as an objective: DINO whose head has a hidden layer that is kept spread."""

from sb_contrastive.distributed import unwrap
from sb_contrastive.losses.covariance.spread import SpreadLoss
from sb_contrastive.objectives.dino import DINO
from sb_contrastive.ranges import NotNegative
from sb_contrastive.schedules import LinearThenConstant


class RDINO(DINO):
    """Regularised distillation (Chen et al. 2022,
    https://arxiv.org/abs/2211.04168): DINO, and in training a regulariser of the
    last hidden layer of the student's head for two long crops.

    Arguments
    ---------
    *args, **kwargs
        As for `DINO`.
    regulariser : SpreadLoss, optional
        Looks at the hidden layer, crop by crop.
    regulariser_weight : callable, optional
        Progress -> its weight; when absent from 0.05 to 0.2 over the first 7 %
        of training (10 epochs of the authors' 150).

    Example
    -------
    >>> from sb_contrastive.encoders import DINOHead
    >>> from sb_contrastive.losses import DINOLoss
    >>> from sb_contrastive.schedules import Constant
    >>> dino = RDINO(
    ...     DINOHead(8, 16), DINOLoss(16), Constant(0.996), Constant(0.04)
    ... )
    >>> dino.parts, dino.regulariser_weight(1.0)
    (('regulariser',), 0.2)
    """

    def __init__(
        self,
        *args,
        regulariser=None,
        regulariser_weight: NotNegative | None = None,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.parts = (*self.parts, "regulariser")
        self.regulariser = regulariser or SpreadLoss()
        self.regulariser_weight = regulariser_weight or LinearThenConstant(
            0.05, 0.2, until=0.07
        )

    def outputs(self, embeddings, heads):
        """Return what `DINO` returns, and the hidden layer of the student for
        two long crops [2, B, H]."""
        kept = []
        last = unwrap(heads["head"]).mlp[-1]
        hook = last.register_forward_pre_hook(
            lambda _, inputs: kept.append(inputs[0])
        )
        try:
            outputs = super().outputs(embeddings, heads)
        finally:
            hook.remove()
        return outputs, kept[0].unflatten(0, outputs.student.shape[:2])[:2]

    def loss(self, outputs, moment):
        """Add the regulariser in training, whose value goes to the log."""
        outputs, hidden = outputs
        loss, parts = super().loss(outputs, moment)
        if not self.training:
            return loss, parts
        spread = sum(self.regulariser(crop) for crop in hidden) / len(hidden)
        weight = self.regulariser_weight(moment.progress)
        return loss + weight * spread, {**parts, "regulariser": spread}

    def watch(self, outputs, moment):
        """Keep what `DINO` keeps."""
        super().watch(outputs[0], moment)
