"""The loss of MoCo, one direction of a pair against a queue of earlier keys."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.losses.contrastive.one_positive import (
    ContrastiveLoss,
    unit_vectors,
)
from sb_contrastive.ranges import Positive, Share


class MoCoLoss(ContrastiveLoss):
    """InfoNCE with negatives from a queue (He et al. 2020,
    https://arxiv.org/abs/1911.05722) and a margin on the positive pair (Lepage
    & Dehak 2024, https://arxiv.org/abs/2404.14913).

    The queue must not hold the keys of the batch yet, since they would count as
    their own negatives. Other utterances of the batch are no negatives.

    Arguments
    ---------
    temperature : float
        tau, above 0.
    margin : float
        m, which a call may replace.
    margin_type : str
        "additive" (AM) or "angular" (AAM).
    negatives : Negatives, optional
        Which keys are negatives, and how they count, see
        `sb_contrastive.losses.contrastive.negatives`; all alike when absent.

    Example
    -------
    >>> loss = MoCoLoss(temperature=1.0)
    >>> z = torch.eye(2)
    >>> loss(z, z, queue=torch.zeros(3, 2))  # log(1 + 3 / e)
    tensor(0.7437)
    >>> loss(z, z, queue=torch.zeros(0, 2))
    tensor(0.)
    """

    def __init__(
        self,
        temperature: Positive,
        margin: Share = 0.0,
        margin_type="additive",
        negatives=None,
    ):
        super().__init__(temperature, margin, margin_type, negatives)
        if self.negatives.third_view:
            raise ValueError(
                f"{type(self.negatives).__name__} compares three views of each "
                f"utterance with each other, but MoCo compares one with a queue: "
                f"use it with NT-Xent, or take other negatives"
            )

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(
        self, queries, keys, queue, margin=None, excluded=None, alike=None
    ):
        """Compute the loss of one batch in one direction.

        Arguments
        ---------
        queries : torch.Tensor
            Raw embeddings of one view [B, D].
        keys : torch.Tensor
            Raw embeddings of the other view by the momentum encoder [B, D];
            they get no gradient.
        queue : torch.Tensor
            Earlier keys [K, D]; K may be 0, then the loss is 0.
        margin : float, optional
            m of this step, where it follows a schedule.
        excluded : torch.Tensor, optional
            Booleans [B, K], True where an earlier key is no negative of a query,
            because it is of the same recording.
        alike : torch.Tensor, optional
            Booleans [B, K], True where an earlier key has the label of a query,
            so that it would be a false negative.

        Returns
        -------
        torch.Tensor
            Scalar, in nats.
        """
        if (
            queries.ndim != 2
            or queries.shape != keys.shape
            or queue.shape[1:] != keys.shape[1:]
        ):
            raise ValueError(
                f"MoCo needs queries and keys [B, D] and a queue [K, D], got "
                f"{list(queries.shape)}, {list(keys.shape)} and "
                f"{list(queue.shape)}"
            )
        q = unit_vectors(queries)
        k = unit_vectors(keys.detach()).to(q)
        negatives = q @ unit_vectors(queue.detach()).to(q).T  # [B, K]
        positive = (q * k).sum(dim=-1)  # [B]
        terms = self.terms(positive, negatives, excluded, margin, alike)
        return terms.mean()
