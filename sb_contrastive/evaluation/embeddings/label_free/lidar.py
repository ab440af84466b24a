"""In how many directions utterances differ more than their own crops do."""

import torch


@torch.no_grad()
def lidar(z, delta=1e-4):
    """Computes LiDAR (Thilak et al. 2023, https://arxiv.org/abs/2312.04000): the
    effective rank of linear discriminant analysis whose classes are utterances,
    and whose members are crops of one.

    With S_b the covariance of the means of utterances, and S_w that of crops
    around the mean of their utterance, it is exp of the entropy of the shares
    of the eigenvalues of (S_w + delta I)^-1/2 S_b (S_w + delta I)^-1/2.

    Arguments
    ---------
    z : torch.Tensor
        Embeddings [N, q, D]: q crops of each of N utterances, two or more.
    delta : float
        Added to each direction of S_w; embeddings are to have about unit
        variance per dimension.

    Returns
    -------
    float
        From 1 to min(N - 1, D), the more the better; 1 where all utterances
        have one mean.

    Raises
    ------
    ValueError
        When there are fewer than two utterances or crops.

    Example
    -------
    >>> z = 3 * torch.eye(4)[:, None].repeat(1, 2, 1)  # crops agree
    >>> round(lidar(z), 3)
    3.0
    """
    if z.ndim != 3 or min(z.shape[:2]) < 2:
        raise ValueError(
            f"LiDAR needs embeddings [N, q, D] of two or more crops of two or "
            f"more utterances, got {list(z.shape)}"
        )
    z = z.double()
    N, q, D = z.shape
    means = z.mean(dim=1)  # [N, D]
    within = (z - means[:, None]).flatten(0, 1)  # [N * q, D]
    noise = within.T @ within / (N * q)
    noise.diagonal().add_(delta)
    centred = (means - means.mean(dim=0)) / N**0.5
    # Both have the same eigenvalues but for zeros, and N is smaller than D
    root = torch.linalg.cholesky(noise)
    white = torch.linalg.solve_triangular(
        root, centred.T, upper=False
    )  # [D, N]
    values = torch.linalg.eigvalsh(white.T @ white).clamp_min(0)
    total = values.sum()
    if total < 1e-12:
        return 1.0
    share = values / total + 1e-7
    return float(torch.special.entr(share).sum().exp())
