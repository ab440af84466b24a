"""Detects an adapter whose frames have become alike, and stops its run."""

import torch


class FrameDeviation:
    """Standard deviation over the frames of many batches, averaged over channels.

    Example
    -------
    >>> deviation = FrameDeviation()
    >>> everywhere = torch.ones(1, 2).bool()
    >>> deviation.add(torch.tensor([[[0.0, 5.0], [2.0, 5.0]]]), everywhere)
    >>> deviation.std()  # 1 and 0
    tensor(0.5000)
    """

    def __init__(self):
        self.moments = 0.0

    @torch.no_grad()
    def add(self, frames, where):
        """Add a batch.

        Arguments
        ---------
        frames : torch.Tensor
            [B, T, D].
        where : torch.Tensor
            Booleans [B, T], True for the frames that count.
        """
        # In double precision, since a difference of moments loses digits
        x = torch.where(where[..., None], frames.double(), 0.0)
        count = where.sum().to(x).expand(x.shape[-1])
        moments = [count, x.sum(dim=(0, 1)), x.square().sum(dim=(0, 1))]
        self.moments = self.moments + torch.stack(moments)  # [3, D]

    def std(self):
        """Return the deviation over all frames added.

        Returns
        -------
        torch.Tensor
            Scalar.
        """
        count, total, squares = self.moments
        count = count.clamp(min=1)
        variance = squares / count - (total / count).square()
        return variance.clamp(min=0).sqrt().mean().float()


def check_collapse(figures, num_attributes, least_target, least_prediction):
    """Stop a run whose targets or predictions are the same for all frames.

    Arguments
    ---------
    figures : dict of str to float
        Any of `target_std`, `prediction_std` and `codebook_perplexity`.
    num_attributes : int or None
        K; None where no attributes are in use.
    least_target : float
        Targets with a smaller deviation, once normalised, count as collapsed.
    least_prediction : float
        Predictions with a smaller deviation count as collapsed.

    Returns
    -------
    str or None
        A warning where fewer than a tenth of the attributes are in use.

    Raises
    ------
    RuntimeError
        If targets or predictions have collapsed.

    Example
    -------
    >>> check_collapse({"target_std": 1.0}, 64, 0.1, 0.01)
    >>> check_collapse({"target_std": 0.03}, 64, 0.1, 0.01)
    Traceback (most recent call last):
    ...
    RuntimeError: the adapter has collapsed: ...
    """
    for name, least in (
        ("target_std", least_target),
        ("prediction_std", least_prediction),
    ):
        if figures.get(name, least) < least:
            raise RuntimeError(
                f"the adapter has collapsed: {name} is "
                f"{float(figures[name]):.2g}, below {least}, so all frames "
                f"look alike; lower the learning rate or raise the teacher's "
                f"momentum"
            )
    used = figures.get("codebook_perplexity")
    if used is not None and used < 0.1 * num_attributes:
        return (
            f"only about {float(used):.1f} of {num_attributes} local "
            f"attributes are in use: ask for fewer, or lower the decay of the "
            f"codebook"
        )
    return None
