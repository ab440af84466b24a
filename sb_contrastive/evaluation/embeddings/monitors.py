"""Label-free signs of collapse, to be logged while an encoder learns.

An objective without negatives can be met by giving every utterance the same
output. Each function below watches one way of doing so. All of them take a
batch or a validation set, compute in float32 without gradient and return a
scalar tensor, so that nothing forces the device to synchronise until it is
logged.
"""

import torch

from sb_contrastive.evaluation.embeddings.unit import unit_embeddings


@torch.no_grad()
def embedding_std(z):
    """Computes the standard deviation of each dimension of unit embeddings,
    times sqrt(D), averaged over dimensions. Near 1 is healthy; 0 means that all
    embeddings are one point.

    Arguments
    ---------
    z : torch.Tensor
        Raw embeddings [N, D].

    Returns
    -------
    std : torch.Tensor
        Scalar in [0, 1] (of the population, not of a sample).

    Raises
    ------
    ValueError
        If there are fewer than two embeddings.

    Example
    -------
    >>> embedding_std(torch.eye(3)[[0, 0, 0]])  # collapsed
    tensor(0.)
    """
    u = unit_embeddings(_checked(z))
    return u.std(dim=0, correction=0).mean() * u.shape[1] ** 0.5


@torch.no_grad()
def mean_cosine(z):
    """Computes the mean cosine of all pairs of different embeddings. A low value
    is healthy; near 1 all embeddings have one direction.

    The sum over pairs is ``|sum of u|^2 - sum of |u|^2`` and needs no N x N
    matrix.

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
    u = unit_embeddings(
        _checked(z)
    ).double()  # the difference below cancels leading digits
    N = len(u)
    pairs = u.sum(0).square().sum() - u.square().sum()
    return (pairs / (N * (N - 1))).float()


@torch.no_grad()
def effective_rank(z):
    """Computes the number of directions in use: RankMe, Eq. (1) of Garrido et
    al. 2023 (https://arxiv.org/abs/2210.02885), the exponential of the entropy
    of the normalised singular values.

    As in the paper, ``z`` is **not** centred: embeddings that have all become
    one vector then give exactly 1, whereas centring would leave the rank of
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
        If there are fewer than two embeddings, or one is not finite.

    Example
    -------
    >>> effective_rank(torch.eye(4))
    tensor(4.)
    """
    z = _checked(z)
    # The singular values synchronise the device anyway
    if not z.isfinite().all():
        raise ValueError(
            f"{int((~z.isfinite()).any(dim=1).sum())} of {len(z)} embeddings "
            f"are not finite: the training has diverged; lower the learning "
            f"rate or --max_grad_norm and train again in another --output_folder"
        )
    singular = torch.linalg.svdvals(z)  # [min(N, D)]
    share = singular / singular.sum().clamp_min(1e-30)
    return torch.special.entr(share).sum().exp()


@torch.no_grad()
def teacher_entropy(probabilities):
    """Computes the mean entropy of the teacher's distributions, in nats. Near 0
    every crop is assigned to one prototype with certainty; near log K the
    distributions are uniform.

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
    """Computes the mutual information of crop and prototype, in nats: the
    entropy of the mean of the teacher's distributions, less their mean entropy
    (Bridle et al. 1991). Near 0 all crops have the same distribution, sharp or
    not. A value of h corresponds to exp(h) equal clusters: 2 nats to 7 of them.

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
    """Computes the number of prototypes in use: the perplexity of the histogram
    of winning prototypes. Near 1 all crops choose the same one.

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
    """Computes `prototype_perplexity` from the winning prototypes alone: with
    65 536 prototypes the outputs of a validation part would fill a GPU.

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
    """Return embeddings [N, D] in float32, at least two."""
    if z.ndim != 2 or len(z) < 2:
        raise ValueError(
            "a collapse monitor needs at least two embeddings [N, D], got a "
            f"tensor of shape {list(z.shape)}"
        )
    return z.float()
