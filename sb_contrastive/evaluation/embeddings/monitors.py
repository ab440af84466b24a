"""Label-free signs of collapse, to be logged while an encoder learns.

An objective without negatives can be met by saying the same thing about every
utterance. Each function below watches one way of doing so; all take a batch
(or a validation set), compute in float32 without gradient and return a scalar
tensor, so nothing forces the device to synchronise until it is logged.
"""

import torch


@torch.no_grad()
def embedding_std(z):
    """Spread of unit embeddings: standard deviation of each dimension times
    sqrt(D), averaged over dimensions. Near 1 is healthy, 0 is one point.

    Arguments
    ---------
    z : torch.Tensor
        Raw embeddings [N, D].

    Returns
    -------
    spread : torch.Tensor
        Scalar in [0, 1] (deviation of the population, not of a sample).

    Raises
    ------
    ValueError
        If there are fewer than two embeddings.

    Example
    -------
    >>> embedding_std(torch.eye(3)[[0, 0, 0]])  # collapsed
    tensor(0.)
    """
    u = _unit(z)
    return u.std(dim=0, correction=0).mean() * u.shape[1] ** 0.5


@torch.no_grad()
def mean_cosine(z):
    """Mean cosine of all pairs of different embeddings: low is healthy, near 1
    is one direction.

    The sum over pairs is ``|sum of u|^2 - sum of |u|^2``: no N x N matrix.

    Arguments
    ---------
    z : torch.Tensor
        Raw embeddings [N, D].

    Returns
    -------
    cosine : torch.Tensor
        Scalar in [-1, 1].

    Raises
    ------
    ValueError
        If there are fewer than two embeddings.

    Example
    -------
    >>> mean_cosine(torch.tensor([[1.0, 0.0], [0.0, 2.0]]))  # orthogonal
    tensor(0.)
    """
    u = _unit(z).double()  # the difference below cancels leading digits
    N = len(u)
    pairs = u.sum(0).square().sum() - u.square().sum()
    return (pairs / (N * (N - 1))).float()


@torch.no_grad()
def effective_rank(z):
    """Number of directions in use: RankMe, Eq. (1) of Garrido et al. 2023
    (https://arxiv.org/abs/2210.02885), the exponential of the entropy of the
    normalised singular values.

    As in the paper ``z`` is **not** centred: embeddings that have all become
    one vector then give exactly 1, where centring would leave the rank of
    rounding noise.

    Arguments
    ---------
    z : torch.Tensor
        Raw embeddings [N, D].

    Returns
    -------
    rank : torch.Tensor
        Scalar from 1 (one direction) to min(N, D).

    Raises
    ------
    ValueError
        If there are fewer than two embeddings.

    Example
    -------
    >>> effective_rank(torch.eye(4))
    tensor(4.)
    """
    singular = torch.linalg.svdvals(_checked(z))  # [min(N, D)]
    share = singular / singular.sum().clamp_min(1e-30)
    return torch.special.entr(share).sum().exp()


@torch.no_grad()
def teacher_entropy(probabilities):
    """Mean entropy of the teacher's distributions, in nats. Near 0: every
    crop votes for one prototype with certainty; near log K: it says nothing.

    Arguments
    ---------
    probabilities : torch.Tensor
        Centred, sharpened teacher outputs [..., K]; each sums to 1 over K.

    Returns
    -------
    entropy : torch.Tensor
        Scalar in [0, log K].

    Example
    -------
    >>> teacher_entropy(torch.tensor([[0.5, 0.5], [1.0, 0.0]]))
    tensor(0.3466)
    """
    return torch.special.entr(probabilities.float()).sum(-1).mean()


@torch.no_grad()
def teacher_information(probabilities):
    """What the teacher's distributions tell of which crop they are for, in
    nats: entropy of their mean, less their mean entropy (the mutual information
    of crop and prototype; Bridle et al. 1991). Near 0: all crops have the same
    distribution, sharp or not. Some nats are so many equal groups: exp(2) = 7.

    Arguments
    ---------
    probabilities : torch.Tensor
        Centred, sharpened teacher outputs [..., K]; each sums to 1 over K.

    Returns
    -------
    information : torch.Tensor
        Scalar from 0 to the logarithm of K or of the number of crops.

    Example
    -------
    >>> teacher_information(torch.eye(4)[[0, 0, 1, 1]])  # log 2
    tensor(0.6931)
    """
    mean = probabilities.float().flatten(0, -2).mean(0)
    return teacher_entropy(mean) - teacher_entropy(probabilities)


@torch.no_grad()
def prototype_perplexity(probabilities):
    """Number of prototypes in use: perplexity of the histogram of winning
    prototypes. Near 1: all crops choose the same one.

    Arguments
    ---------
    probabilities : torch.Tensor
        Teacher outputs [..., K]; logits serve as well, only the maximum counts.

    Returns
    -------
    perplexity : torch.Tensor
        Scalar from 1 to K (and at most the number of distributions).

    Example
    -------
    >>> prototype_perplexity(torch.tensor([[0.9, 0.1], [0.2, 0.8]]))
    tensor(2.)
    """
    return winner_perplexity(probabilities.argmax(-1))


@torch.no_grad()
def winner_perplexity(winners):
    """The same from the winners alone: with 65 536 prototypes the outputs of a
    whole validation part would fill a GPU.

    Arguments
    ---------
    winners : torch.Tensor
        Winning prototype of each crop, integers of any shape.

    Returns
    -------
    perplexity : torch.Tensor
        Scalar, at least 1.

    Example
    -------
    >>> winner_perplexity(torch.tensor([7, 7, 3, 3]))
    tensor(2.)
    """
    share = torch.bincount(winners.flatten()) / winners.numel()
    return torch.special.entr(share).sum().exp()


def _checked(z):
    if z.ndim != 2 or len(z) < 2:
        raise ValueError(
            "a collapse monitor needs at least two embeddings [N, D], got a "
            f"tensor of shape {list(z.shape)}"
        )
    return z.float()


def _unit(z):
    return torch.nn.functional.normalize(_checked(z), dim=1)
