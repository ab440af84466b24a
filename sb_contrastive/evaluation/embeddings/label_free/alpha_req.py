"""Measures how fast the spectrum of an embedding space decays."""

import torch


@torch.no_grad()
def alpha_req(z):
    """Computes the exponent of the spectrum, as alpha-ReQ has it (Agrawal et al.
    2022, https://arxiv.org/abs/2202.05808): eigenvalue i of the covariance falls
    as i^-alpha.

    It is the slope of a line through ln eigenvalue against ln i, by least
    squares over i from 2 to min(N, D) / 2: the first eigenvalue stands apart,
    and the last ones are noise. Near 1 is best. Higher values mean that few
    directions hold everything, lower ones that noise fills the space.

    Arguments
    ---------
    z : torch.Tensor
        Embeddings [N, D], scaled as they are to be compared.

    Returns
    -------
    float
        NaN where a line has fewer than two eigenvalues above rounding: there
        are fewer than 6 embeddings or dimensions, or the space has collapsed.

    Example
    -------
    >>> basis = torch.linalg.qr(torch.randn(64, 33).double()).Q
    >>> basis = torch.linalg.qr(basis - basis.mean(0)).Q[:, :32]
    >>> spectrum = torch.arange(1, 33).double() ** -1.3
    >>> round(alpha_req(basis * spectrum.sqrt()), 2)
    1.3
    """
    z = z.double()
    values = torch.linalg.svdvals(z - z.mean(dim=0)).square()  # falling
    index = torch.arange(2, min(z.shape) // 2 + 1, dtype=torch.float64)
    values = values.cpu()[1 : len(index) + 1]
    there = values > 1e-12 * z.square().sum().cpu()
    if there.sum() < 2:
        return float("nan")
    x, y = index[there].log(), values[there].log()
    x = x - x.mean()
    return float(-(x * y).sum() / x.square().sum())
