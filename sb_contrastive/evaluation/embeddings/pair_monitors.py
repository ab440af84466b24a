"""Agreement of the two views of an utterance, compared with all other utterances."""

import torch

from sb_contrastive.evaluation.embeddings.unit import (
    cosine_blocks,
    unit_embeddings,
)


@torch.no_grad()
def pair_agreement(z1, z2):
    """Computes cosines of positive and negative pairs, and the share of views
    whose nearest neighbour is the other view of their utterance.

    Each of the 2N views is compared with the views of the other N - 1
    utterances, over all embeddings at once. The figures therefore depend
    neither on the batch size nor on margin and temperature.

    Arguments
    ---------
    z1 : torch.Tensor
        Raw embeddings of the first views [N, D].
    z2 : torch.Tensor
        Raw embeddings of the second views [N, D].

    Returns
    -------
    dict of str to torch.Tensor
        `positive_cosine` (mean over pairs), `negative_cosine` (mean over views
        of different utterances), `hit_rate` (share of views nearer to their
        other view than to any of another utterance), scalars.

    Raises
    ------
    ValueError
        If shapes differ or there are fewer than two utterances.

    Example
    -------
    >>> z = torch.eye(3)
    >>> pair_agreement(z, z)["hit_rate"]
    tensor(1.)
    """
    if z1.ndim != 2 or z1.shape != z2.shape or len(z1) < 2:
        raise ValueError(
            f"pair monitors need two views [N, D] of at least two utterances, "
            f"got {list(z1.shape)} and {list(z2.shape)}"
        )
    u1, u2 = unit_embeddings(z1), unit_embeddings(z2)
    N = len(u1)
    u = torch.cat([u1, u2])  # [2N, D]
    utterance = torch.arange(N, device=u.device).repeat(2)
    positive = (u1 * u2).sum(dim=1)  # [N]
    negative_sum = hits = 0
    for rows, cosine in cosine_blocks(u):  # [R], [R, 2N]
        own = utterance[rows, None] == utterance  # itself and its other view
        negative_sum += cosine.masked_fill(own, 0).double().sum()
        nearest = cosine.masked_fill(own, -torch.inf).amax(dim=1)
        hits += (positive[utterance[rows]] > nearest).sum()
    return {
        "positive_cosine": positive.mean(),
        "negative_cosine": (negative_sum / (4 * N * (N - 1))).float(),
        "hit_rate": hits / (2 * N),
    }
