"""How well the two views of an utterance find each other among all others."""

import torch
from torch.nn import functional as F

# rows of the similarity matrix held at a time: 1024 x 50 000 is 0.2 GB
ROWS = 1024


@torch.no_grad()
def pair_agreement(z1, z2):
    """Cosines of pairs and of strangers, and the share of pairs that are found.

    Each of the 2N views looks for the other view of its utterance among those
    of the other N - 1 utterances, over all embeddings at once, so the figures
    do not depend on the size of a batch, nor on margin and temperature.

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
    u1, u2 = F.normalize(z1.float(), dim=1), F.normalize(z2.float(), dim=1)
    N = len(u1)
    u = torch.cat([u1, u2])  # [2N, D]
    utterance = torch.arange(N, device=u.device).repeat(2)
    positive = (u1 * u2).sum(dim=1)  # [N]
    negative_sum = hits = 0
    for rows in torch.arange(2 * N, device=u.device).split(ROWS):
        cosine = u[rows] @ u.T  # [R, 2N]
        own = utterance[rows, None] == utterance  # itself and its other view
        negative_sum += cosine.masked_fill(own, 0).double().sum()
        nearest = cosine.masked_fill(own, -torch.inf).amax(dim=1)
        hits += (positive[utterance[rows]] > nearest).sum()
    return {
        "positive_cosine": positive.mean(),
        "negative_cosine": (negative_sum / (4 * N * (N - 1))).float(),
        "hit_rate": hits / (2 * N),
    }
