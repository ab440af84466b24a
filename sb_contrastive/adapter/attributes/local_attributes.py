"""Local attributes: the clusters of teacher frames, which serve as labels."""

import torch

from sb_contrastive.distributed import sum_over_ranks
from sb_contrastive.ranges import Count, Positive, Several, Share


class LocalAttributes(torch.nn.Module):
    """Base of the ways to cluster teacher frames.

    It holds K centroids, which all utterances have in common (hence universal),
    a running average of how often each is used, and the time of the last fit.
    `OnlineCodebook`, `PeriodicKMeans` and `GMMAttributes` do the clustering. The
    state is in float32 buffers, which a checkpoint contains.

    Arguments
    ---------
    num_attributes : int
        K, the number of clusters.
    dim : int
        D, the size of a frame.
    fit_frames : int
        Frames to fit on.
    every : int, optional
        Epochs from one fit to the next; when absent, there is one fit, before
        the first epoch.
    temperature : float
        tau_q of the soft labels softmax(-|h - c|^2 / tau_q). Distances grow
        with D, and the labels become sharper with them.
    seed : int
        Seed of the fit.
    usage_decay : float
        Share of the old usage average that stays at each update.

    Example
    -------
    >>> attributes = LocalAttributes(num_attributes=2, dim=1, fit_frames=10)
    >>> attributes.centroids.copy_(torch.tensor([[-1.0], [1.0]]))
    tensor([[-1.],
            [ 1.]])
    >>> attributes.nearest(torch.tensor([[0.5], [-3.0]]))
    tensor([1, 0])
    """

    def __init__(
        self,
        num_attributes: Several,
        dim: Count,
        fit_frames: Count,
        every: Count | None = None,
        temperature: Positive = 1.0,
        seed=0,
        usage_decay: Share = 0.99,
    ):
        super().__init__()
        if num_attributes < 2:
            raise ValueError(
                f"attributes are told apart, so there are at least two, got "
                f"{num_attributes}"
            )
        self.fit_frames, self.every = fit_frames, every
        self.temperature = temperature
        self.seed = seed
        self.usage_decay = usage_decay
        self.register_buffer("centroids", torch.zeros(num_attributes, dim))
        self.register_buffer("usage", torch.zeros(num_attributes))
        # Epoch of the last fit; 0 before the first
        self.register_buffer("fitted", torch.zeros((), dtype=torch.long))

    def due(self, epoch):
        """Tell whether a fit is due before this epoch (int, from 1)."""
        fitted = int(self.fitted)
        if fitted == 0 or self.every is None:
            return fitted == 0
        return epoch - fitted >= self.every

    def fit(self, frames, epoch):
        """Fit the attributes.

        Arguments
        ---------
        frames : torch.Tensor
            Normalised teacher frames [N, D], N >= K.
        epoch : int
            Number of the epoch that begins, from 1.
        """
        if len(frames) < len(self.centroids):
            raise ValueError(
                f"{len(frames)} frames cannot start {len(self.centroids)} "
                f"local attributes: ask for fewer, or give more speech"
            )
        self._fit(frames.float())
        self.fitted.fill_(epoch)

    def _fit(self, frames):
        raise NotImplementedError

    @torch.no_grad()
    def nearest(self, frames):
        """Return hard labels, argmin_k |h - c_k|^2.

        Arguments
        ---------
        frames : torch.Tensor
            h [..., D].

        Returns
        -------
        torch.Tensor
            Whole numbers [...], from 0 to K - 1.
        """
        return self._squared_distances(frames).argmin(dim=-1)

    @torch.no_grad()
    def probabilities(self, frames):
        """Return soft labels, the softmax over k of -|h - c_k|^2 / tau_q.

        Arguments
        ---------
        frames : torch.Tensor
            h [..., D].

        Returns
        -------
        torch.Tensor
            [..., K].
        """
        distances = self._squared_distances(frames)
        return (-distances / self.temperature).softmax(dim=-1)

    @torch.no_grad()
    def update(self, frames, ids, where):
        """Count which attributes a batch used, after its optimiser step.

        Arguments
        ---------
        frames : torch.Tensor
            h [B, T, D].
        ids : torch.Tensor
            Hard labels of the frames [B, T].
        where : torch.Tensor
            Booleans [B, T], True for the frames that count.
        """
        del frames
        counts = torch.zeros_like(self.usage)
        counts.index_add_(0, ids.flatten(), where.flatten().to(counts))
        self._count_usage(sum_over_ranks(counts))

    def perplexity(self):
        """Return the effective number of attributes in use, the exponential of
        the entropy of the usage average.

        Returns
        -------
        torch.Tensor
            Scalar from 1 to K.
        """
        share = self.usage / self.usage.sum().clamp(min=1e-12)
        return torch.special.entr(share).sum().exp()

    def _count_usage(self, counts):
        share = counts / counts.sum().clamp(min=1)
        self.usage.lerp_(share, 1 - self.usage_decay)

    def _squared_distances(self, frames):
        h, c = frames.float(), self.centroids
        # In half precision, neighbouring centroids could not be distinguished
        with torch.autocast(h.device.type, enabled=False):
            products = h @ c.T  # [..., K]
            squares = h.square().sum(-1, keepdim=True) + c.square().sum(-1)
            return (squares - 2 * products).clamp(min=0)
