"""Local attributes from a Gaussian mixture, whose posteriors are soft labels."""

import math

import torch

from sb_contrastive.adapter.attributes.local_attributes import LocalAttributes
from sb_contrastive.adapter.attributes.matching import matched_order
from sb_contrastive.ranges import Count, Several


class GMMAttributes(LocalAttributes):
    """Principal components of teacher frames, then a mixture of K Gaussians of
    full covariance, fitted every few epochs.

    The posteriors are the soft labels, and the component of the highest
    posterior is the hard label.

    Arguments
    ---------
    num_attributes : int
        K, the number of Gaussians.
    dim : int
        D, the size of a frame.
    every : int
        Epochs from one fit to the next; a new fit keeps the numbers of the
        clusters, as in `PeriodicKMeans`.
    components : int
        P, the number of principal components.
    fit_frames : int
        Frames to fit on.
    starts : int
        Number of initialisations, of which the best is taken.
    **kwargs
        Further arguments of `LocalAttributes`; the temperature is not used.

    Example
    -------
    >>> frames = torch.cat([torch.randn(50, 3), 20 + torch.randn(50, 3)])
    >>> gmm = GMMAttributes(num_attributes=2, dim=3, every=1, components=2)
    >>> gmm.fit(frames, epoch=1)
    >>> gmm.probabilities(frames[:1]).max().item() > 0.99
    True
    """

    def __init__(
        self,
        num_attributes: Several,
        dim: Count,
        every: Count,
        components: Count = 64,
        fit_frames: Count = 50_000,
        starts: Count = 1,
        **kwargs,
    ):
        super().__init__(num_attributes, dim, fit_frames, every, **kwargs)
        self.starts = starts
        K, P = num_attributes, min(components, dim)
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("axes", torch.zeros(P, dim))
        self.register_buffer("log_weights", torch.zeros(K))
        self.register_buffer("means", torch.zeros(K, P))
        # For each covariance S, the matrix L with L L' = S^-1
        self.register_buffer("precisions", torch.zeros(K, P, P))

    def _fit(self, frames):
        # Imported late, because scikit-learn takes a second
        from sklearn.decomposition import PCA
        from sklearn.mixture import GaussianMixture

        h = frames.double().cpu().numpy()
        if len(h) < len(self.axes):
            raise ValueError(
                f"{len(h)} frames have no {len(self.axes)} principal "
                f"components: ask for fewer, or give more speech"
            )
        pca = PCA(len(self.axes), random_state=self.seed).fit(h)
        mixture = GaussianMixture(
            len(self.centroids),
            covariance_type="full",
            n_init=self.starts,
            random_state=self.seed,
        ).fit(pca.transform(h))
        found = pca.inverse_transform(mixture.means_)
        found = torch.from_numpy(found).to(self.centroids)
        order = torch.arange(len(found), device=found.device)
        if int(self.fitted):
            order = matched_order(self.centroids, found)
        self.centroids.copy_(found[order])
        self.mean.copy_(torch.from_numpy(pca.mean_))
        self.axes.copy_(torch.from_numpy(pca.components_))
        order = order.cpu().numpy()
        for buffer, values in (
            (self.log_weights, mixture.weights_),
            (self.means, mixture.means_),
            (self.precisions, mixture.precisions_cholesky_),
        ):
            buffer.copy_(torch.from_numpy(values[order]))
        self.log_weights.log_()

    @torch.no_grad()
    def nearest(self, frames):
        """Return hard labels, the component of the highest posterior.

        Arguments
        ---------
        frames : torch.Tensor
            h [..., D].

        Returns
        -------
        torch.Tensor
            Whole numbers [...], from 0 to K - 1.
        """
        return self._log_joint(frames).argmax(dim=-1)

    @torch.no_grad()
    def probabilities(self, frames):
        """Return soft labels, the posteriors of the components.

        Arguments
        ---------
        frames : torch.Tensor
            h [..., D].

        Returns
        -------
        torch.Tensor
            [..., K].
        """
        return self._log_joint(frames).softmax(dim=-1)

    def _log_joint(self, frames):
        P = len(self.axes)
        with torch.autocast(frames.device.type, enabled=False):
            x = (frames.float() - self.mean) @ self.axes.T  # [..., P]
            # (x - m) L for each k, without K copies of x
            y = torch.einsum("...p,kpq->...kq", x, self.precisions)
            y = y - torch.einsum("kp,kpq->kq", self.means, self.precisions)
            log_det = self.precisions.diagonal(dim1=-2, dim2=-1).log().sum(-1)
            constant = (
                self.log_weights + log_det - P / 2 * math.log(2 * math.pi)
            )
            return constant - y.square().sum(-1) / 2  # [..., K]
