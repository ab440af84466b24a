"""Local attributes from a codebook that is updated in every step."""

import torch

from sb_contrastive.adapter.attributes.local_attributes import LocalAttributes
from sb_contrastive.distributed import gather_over_ranks, sum_over_ranks
from sb_contrastive.ranges import Count, Several, Share


class OnlineCodebook(LocalAttributes):
    """Each centroid is a moving average of the frames nearest to it, as in
    DinoSR (Liu et al. 2023, https://arxiv.org/abs/2305.10005, Eqs. 3-5):

    s_k <- g s_k + (1 - g) sum of h,  n_k <- g n_k + (1 - g) count,  c_k = s_k / n_k

    for each k that a frame of the batch is nearest to; the others stay. The
    codebook starts from k-means++. A code that no frame has used for long moves
    to the frame that lies farthest from its own centroid, as empty clusters do
    in scikit-learn's KMeans. Sums, counts and candidates are gathered over all
    processes.

    Arguments
    ---------
    num_attributes : int
        K, the number of codes.
    dim : int
        D, the size of a frame.
    decay : float
        g, in [0, 1).
    dead_after : int
        Number of updates without use after which a code is moved.
    fit_frames : int
        Frames among which k-means++ chooses.
    **kwargs
        Further arguments of `LocalAttributes`.

    Example
    -------
    >>> codebook = OnlineCodebook(num_attributes=2, dim=1, decay=0.5)
    >>> codebook.fit(torch.tensor([[0.0], [10.0]]), epoch=1)
    >>> h = torch.tensor([[[1.0], [3.0]]])  # both are nearest to 0
    >>> codebook.update(h, codebook.nearest(h), torch.ones(1, 2).bool())
    >>> codebook.centroids.sort(dim=0).values.flatten()  # (0 + 2) / (0.5 + 1)
    tensor([ 1.3333, 10.0000])
    """

    def __init__(
        self,
        num_attributes: Several,
        dim: Count,
        decay: Share = 0.9,
        dead_after: Count = 1000,
        fit_frames: Count = 50_000,
        **kwargs,
    ):
        super().__init__(num_attributes, dim, fit_frames, **kwargs)
        if not 0 <= decay < 1:
            raise ValueError(f"decay is a share in [0, 1), got {decay}")
        self.decay, self.dead_after = decay, dead_after
        self.register_buffer("sums", torch.zeros(num_attributes, dim))
        self.register_buffer("counts", torch.zeros(num_attributes))
        self.register_buffer(
            "unused", torch.zeros(num_attributes, dtype=torch.long)
        )

    def _fit(self, frames):
        # Imported late, because scikit-learn takes a second
        from sklearn.cluster import kmeans_plusplus

        chosen, _ = kmeans_plusplus(
            frames.cpu().numpy(), len(self.centroids), random_state=self.seed
        )
        self.centroids.copy_(torch.from_numpy(chosen))
        self.sums.copy_(self.centroids)
        self.counts.fill_(1.0)
        self.unused.zero_()

    @torch.no_grad()
    def update(self, frames, ids, where):
        """Move the centroids towards the frames of a batch.

        Arguments
        ---------
        frames : torch.Tensor
            h [B, T, D].
        ids : torch.Tensor
            Hard labels of the frames [B, T].
        where : torch.Tensor
            Booleans [B, T], True for the frames that count.
        """
        h, ids = frames.float().flatten(0, 1), ids.flatten()  # [N, D], [N]
        where = where.flatten()
        ones = where.to(h)
        sums = torch.zeros_like(self.sums).index_add_(0, ids, h * ones[:, None])
        counts = torch.zeros_like(self.counts).index_add_(0, ids, ones)
        sums, counts = sum_over_ranks(sums), sum_over_ranks(counts)
        self._count_usage(counts)
        used = counts > 0
        g = torch.where(used, self.decay, 1.0)  # [K]
        self.sums.mul_(g[:, None]).add_(sums * (1 - g)[:, None])
        self.counts.mul_(g).add_(counts * (1 - g))
        self.unused.add_(1).masked_fill_(used, 0)
        self._revive(h, ids, where)
        self.centroids.copy_(self.sums / self.counts[:, None])

    def _revive(self, h, ids, where):
        """Move unused codes to the frames that lie farthest from their centroids."""
        dead = self.unused >= self.dead_after  # [K]
        error = (h - self.centroids[ids]).square().sum(-1)  # [N]
        error = error.masked_fill(~where, -1.0)
        # One candidate per code, since only the device knows how many are dead
        worst = error.topk(min(len(dead), len(h))).indices
        error, h = error[worst], h[worst]
        # A short batch is padded, so that all ranks gather the same shape
        missing = len(dead) - len(h)
        error = torch.nn.functional.pad(error, (0, missing), value=-1.0)
        h = torch.nn.functional.pad(h, (0, 0, 0, missing))
        error, h = gather_over_ranks(error), gather_over_ranks(h)
        error, order = error.sort(descending=True, stable=True)
        place = (
            dead.cumsum(0).sub(1).clamp(min=0)
        )  # n-th dead code -> n-th frame
        new = h[order[place]]  # [K, D]
        dead &= error[place] >= 0
        self.sums.copy_(torch.where(dead[:, None], new, self.sums))
        self.counts.masked_fill_(dead, 1.0)
        self.unused.masked_fill_(dead, 0)
