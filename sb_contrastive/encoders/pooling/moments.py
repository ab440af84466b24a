"""Mean, variance and standard deviation of frames over time, as poolings need them."""

import torch


def mean_over_time(x, weights=None):
    """Average frames.

    Arguments
    ---------
    x : torch.Tensor
        Frames [B, T, D].
    weights : torch.Tensor, optional
        Weight of each frame, [B, T, 1] or [B, T, D], which add up to 1 over
        time. All frames count alike when absent.

    Returns
    -------
    torch.Tensor
        [B, 1, D].

    Example
    -------
    >>> mean_over_time(torch.tensor([[[1.0], [3.0]]]))
    tensor([[[2.]]])
    """
    if weights is None:
        return x.mean(dim=1, keepdim=True)
    return (x * weights).sum(dim=1, keepdim=True)


def mean_and_variance(x, weights=None):
    """Compute mean and (biased) variance over time.

    The variance is the mean of squared differences: E[x^2] - E[x]^2 would lose
    its digits under a large mean.

    Arguments
    ---------
    x : torch.Tensor
        Frames [B, T, D].
    weights : torch.Tensor, optional
        As for `mean_over_time`.

    Returns
    -------
    tuple of torch.Tensor
        Both [B, 1, D].

    Example
    -------
    >>> mean_and_variance(torch.tensor([[[1.0], [3.0]]]))
    (tensor([[[2.]]]), tensor([[[1.]]]))
    """
    mean = mean_over_time(x, weights)
    return mean, mean_over_time((x - mean).square(), weights)


def mean_and_deviation(x, weights=None):
    """Concatenate mean and standard deviation over time.

    Arguments
    ---------
    x : torch.Tensor
        Frames [B, T, D].
    weights : torch.Tensor, optional
        As for `mean_over_time`.

    Returns
    -------
    torch.Tensor
        [B, 1, 2D]: means, then (biased) standard deviations.

    Example
    -------
    >>> mean_and_deviation(torch.tensor([[[1.0], [3.0]]]))
    tensor([[[2., 1.]]])
    """
    mean, variance = mean_and_variance(x, weights)
    # 1e-10 keeps the root's slope finite where a channel is constant
    return torch.cat([mean, (variance + 1e-10).sqrt()], dim=-1)
