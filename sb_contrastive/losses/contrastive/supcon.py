"""SupCon, in which every other embedding of an anchor's class is a positive."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.distributed import (
    gather_over_ranks,
    gather_with_gradient,
    rank,
    world_size,
)
from sb_contrastive.losses.contrastive.negatives.negatives import LOWEST
from sb_contrastive.losses.contrastive.one_positive import unit_vectors
from sb_contrastive.ranges import Positive


class SupConLoss(torch.nn.Module):
    """Supervised contrastive loss, L_out^sup, Eq. (2) of Khosla et al. 2020
    (https://arxiv.org/abs/2004.11362),

    L_i = -1/|P(i)| sum_{p in P(i)} log( e^{z_i.z_p/tau} / sum_{a != i} e^{z_i.z_a/tau} )

    where z are unit vectors and P(i) are the other members of the class of i.
    The loss is the mean over anchors that have a positive. If each anchor has
    one, such as the other view of its utterance, it equals NT-Xent.

    In training, the embeddings of all processes are compared, with gradient:
    averaged over processes, loss and gradient are those of the joined batch. In
    evaluation nothing is gathered, because there every process has the same
    utterances.

    Arguments
    ---------
    temperature : float
        tau, above 0.

    Example
    -------
    >>> z = torch.eye(2).repeat(2, 1)  # two classes at right angles, in pairs
    >>> SupConLoss(temperature=1.0)(z, torch.tensor([0, 1, 0, 1]))  # log(1 + 2/e)
    tensor(0.5514)
    """

    def __init__(self, temperature: Positive = 0.1):
        super().__init__()
        if not temperature > 0:
            raise ValueError(f"a temperature is above 0, got {temperature}")
        self.temperature = temperature

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, z, labels):
        """Compute the loss of one batch.

        Arguments
        ---------
        z : torch.Tensor
            Raw embeddings [N, D].
        labels : torch.Tensor
            Class of each embedding [N], as integers.

        Returns
        -------
        torch.Tensor
            Scalar, in nats; 0, with a gradient of 0, where no anchor has a
            positive.
        """
        if z.ndim != 2 or labels.shape != z.shape[:1]:
            raise ValueError(
                f"SupCon needs embeddings [N, D] and labels [N], got "
                f"{list(z.shape)} and {list(labels.shape)}"
            )
        u = every = unit_vectors(z)
        mine, first, ranks = labels, 0, 1
        if self.training:
            every, labels = gather_with_gradient(u), gather_over_ranks(labels)
            first, ranks = rank() * len(u), world_size()
        N = len(every)
        logits = u @ every.T / self.temperature  # [B, N]
        own = torch.arange(len(u), device=u.device) + first
        itself = own[:, None] == torch.arange(N, device=u.device)  # [B, N]
        logits = logits.masked_fill(itself, LOWEST)
        positive = (mine[:, None] == labels) & ~itself  # [B, N]
        excess = logits.logsumexp(dim=1, keepdim=True) - logits  # [B, N]
        count = positive.sum(dim=1)  # [B]
        terms = excess.where(positive, 0).sum(dim=1) / count.clamp(min=1)
        # The mean is over the anchors of all processes, which may have different
        # numbers of them. An anchor has a positive if its class has two members
        anchors = ((labels[:, None] == labels).sum(dim=1) > 1).sum()
        return terms.sum() * ranks / anchors.clamp(min=1)
