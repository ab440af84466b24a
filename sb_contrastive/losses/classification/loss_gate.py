"""A gate that keeps items of a high loss out of training: their label is doubtful."""

import math

import torch

from sb_contrastive.ranges import NotNegative, Share

FLOOR = 1e-8  # of a loss, whose logarithm is taken
MOST = 100_000  # losses that a mixture is fitted to
LEAST = 10


class LossGate(torch.nn.Module):
    """Lets an item train only if its loss is at most a threshold.

    The threshold is fixed (Tao et al. 2022, https://arxiv.org/abs/2110.03869),
    or that where two Gaussians of the logarithm of the losses cross, which are
    fitted anew after each epoch (Han et al. 2022,
    https://arxiv.org/abs/2208.01928). Where the logarithms have one peak, or
    more than `most` of them would be kept out, nothing tells right labels from
    wrong ones, and all items are kept: the upper peak is then one of classes
    that are hard, such as those of a single utterance.

    The latest loss of each item and the threshold are buffers, so that a run
    that is resumed goes on with them.

    Arguments
    ---------
    threshold : float, optional
        Of the loss, in nats; fitted when absent.
    begins : float
        Share of the training after which the gate is used.
    most : float
        Share of the items that a fitted threshold may keep out.

    Example
    -------
    >>> gate = LossGate(begins=0.0)
    >>> gate.remember(400)
    >>> clean, wrong = torch.linspace(-2, 0, 300), torch.linspace(2, 3, 100)
    >>> gate.note(torch.arange(400), torch.cat([clean, wrong]).exp())
    >>> gate.refit()
    True
    >>> gate.opens(torch.tensor([0.5, 9.0]), progress=0.5)
    tensor([ True, False])
    """

    def __init__(
        self,
        threshold: NotNegative | None = None,
        begins: Share = 0.3,
        most: Share = 0.4,
    ):
        super().__init__()
        self.fixed, self.begins, self.most = threshold is not None, begins, most
        value = math.inf if threshold is None else float(threshold)
        self.register_buffer("threshold", torch.tensor(value))
        self.register_buffer("losses", torch.zeros(0))

    def remember(self, N):
        """Make room for the losses of N items, none of which is known yet."""
        self.losses = self.losses.new_full((N,), math.nan)

    @torch.no_grad()
    def note(self, items, losses):
        """Keep the latest losses.

        Arguments
        ---------
        items : torch.Tensor
            Numbers of items [B].
        losses : torch.Tensor
            Their losses [B].
        """
        self.losses[items] = losses.to(self.losses)

    def opens(self, losses, progress):
        """Tell which items may train.

        Arguments
        ---------
        losses : torch.Tensor
            [B].
        progress : float
            Share of the training done.

        Returns
        -------
        torch.Tensor
            Booleans [B].
        """
        if progress < self.begins:
            return torch.ones_like(losses, dtype=torch.bool)
        return losses.detach() <= self.threshold

    def refit(self):
        """Find the threshold for the next epoch, unless it is fixed.

        Returns
        -------
        bool
            Whether there is one.
        """
        if not self.fixed:
            found = fitted_threshold(self.losses)
            known = self.losses[self.losses.isfinite()]
            if found is None or (known > found).float().mean() > self.most:
                found = math.inf
            self.threshold.fill_(found)
        return math.isfinite(self.threshold)


def fitted_threshold(losses):
    """Fit two Gaussians to the logarithms of losses, and return the loss where
    they cross.

    Arguments
    ---------
    losses : torch.Tensor
        [N]; those that are not finite are left out.

    Returns
    -------
    float or None
        None where there is no crossing between two peaks.
    """
    from sklearn.mixture import GaussianMixture  # slow to import

    known = losses[losses.isfinite()].double().clamp(min=FLOOR).log().cpu()
    known = known[:: -(-len(known) // MOST) or 1]
    if len(known) < LEAST or known.max() - known.min() < 1e-6:
        return None
    found = GaussianMixture(2, random_state=0).fit(known[:, None].numpy())
    crossing = gaussian_crossing(
        found.means_[:, 0], found.covariances_[:, 0, 0], found.weights_
    )
    return None if crossing is None else math.exp(crossing)


def gaussian_crossing(means, variances, weights):
    """Find where two weighted Gaussian densities cross between their means.

    Arguments
    ---------
    means, variances, weights : sequence of float
        Of both.

    Returns
    -------
    float or None
        None where one lies above the other all the way, or where the means are
        no more than two of the smaller standard deviations apart, so that the
        sum may have one peak.

    Example
    -------
    >>> round(gaussian_crossing([-1, 1.5], [0.64, 0.36], [0.7, 0.3]), 10)
    0.5373994048
    >>> gaussian_crossing([0.0, 0.5], [1.0, 1.0], [0.5, 0.5])
    """
    (low, u, p), (high, v, q) = sorted(zip(means, variances, weights))
    if high - low <= 2 * math.sqrt(min(u, v)):
        return None
    # The difference of both logarithms is a x^2 + b x + c
    a = 0.5 / v - 0.5 / u
    b = low / u - high / v
    c = high**2 / (2 * v) - low**2 / (2 * u) + math.log(p / q)
    c += 0.5 * math.log(v / u)
    if abs(a) < 1e-12:
        roots = [-c / b]
    else:
        inner = b * b - 4 * a * c
        if inner < 0:
            return None
        root = math.sqrt(inner)
        roots = [(-b - root) / (2 * a), (-b + root) / (2 * a)]
    between = [float(x) for x in roots if low < x < high]
    return between[0] if between else None
