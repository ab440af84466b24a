"""Local attributes from k-means, fitted every few epochs and fixed in between."""

import torch

from sb_contrastive.adapter.attributes.local_attributes import LocalAttributes
from sb_contrastive.adapter.attributes.matching import matched_order
from sb_contrastive.ranges import Count, Several


class PeriodicKMeans(LocalAttributes):
    """K-means on a sample of teacher frames, as HuBERT clusters its own
    features (Hsu et al. 2021, https://arxiv.org/abs/2106.07447), with the
    settings of its code.

    A new fit numbers its clusters in a new order; they then get the numbers of
    the nearest old clusters, so that the student's classifier stays valid.

    Arguments
    ---------
    num_attributes : int
        K, the number of clusters.
    dim : int
        D, the size of a frame.
    every : int
        Epochs from one fit to the next.
    fit_frames : int
        Frames to cluster: a million of 1024 numbers take four gigabytes.
    starts : int
        Number of initialisations, of which the best is taken.
    **kwargs
        Further arguments of `LocalAttributes`.

    Example
    -------
    >>> kmeans = PeriodicKMeans(num_attributes=2, dim=1, every=3)
    >>> kmeans.fit(torch.tensor([[0.0], [1.0], [9.0], [11.0]]), epoch=1)
    >>> kmeans.centroids.sort(dim=0).values.flatten().round()
    tensor([ 0., 10.])
    >>> kmeans.due(3), kmeans.due(4)
    (False, True)
    """

    def __init__(
        self,
        num_attributes: Several,
        dim: Count,
        every: Count,
        fit_frames: Count = 1_000_000,
        starts: Count = 20,
        **kwargs,
    ):
        super().__init__(num_attributes, dim, fit_frames, every, **kwargs)
        self.starts = starts

    def _fit(self, frames):
        # Imported late, because scikit-learn takes a second
        from sklearn.cluster import MiniBatchKMeans

        kmeans = MiniBatchKMeans(
            len(self.centroids),
            init="k-means++",
            batch_size=10_000,
            max_iter=100,
            n_init=self.starts,
            max_no_improvement=100,
            tol=0.0,
            reassignment_ratio=0.0,
            random_state=self.seed,
        ).fit(frames.cpu().numpy())
        found = torch.from_numpy(kmeans.cluster_centers_).to(self.centroids)
        if int(self.fitted):
            found = found[matched_order(self.centroids, found)]
        self.centroids.copy_(found)
