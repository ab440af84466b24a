"""New labels for items whose own label a gate holds to be wrong."""

import torch

from sb_contrastive.ranges import Positive, Share


class LabelCorrection(torch.nn.Module):
    """Asks the classifier itself for the class of a doubtful item, by a crop of
    it without augmentation; if it is sure, the item trains on that (Han et al.
    2022, https://arxiv.org/abs/2208.01928).

    Arguments
    ---------
    begins : float
        Share of the training after which labels are corrected.
    least : float
        Probability that the classifier must give its class.
    temperature : float
        By which cosines are divided before the softmax; 1/30 where the scale of
        the loss is 30.
    soft : bool
        Whether to train on the probabilities of all classes, as in the paper,
        or on the most probable one.

    Example
    -------
    >>> correct = LabelCorrection(begins=0.6)
    >>> correct.due(0.5), correct.due(0.7)
    (False, True)
    >>> correct(torch.tensor([[0.1, 0.9, 0.1], [0.5, 0.5, 0.5]]))[1]
    tensor([ True, False])
    """

    def __init__(
        self,
        begins: Share = 0.6,
        least: Share = 0.5,
        temperature: Positive = 1 / 30,
        soft: bool = False,
    ):
        super().__init__()
        self.begins, self.least = begins, least
        self.temperature, self.soft = temperature, soft

    def due(self, progress):
        """Tell whether labels are corrected at this share of the training."""
        return progress >= self.begins

    def forward(self, cosines):
        """Find labels.

        Arguments
        ---------
        cosines : torch.Tensor
            Of each item with each class [B, C], without margin.

        Returns
        -------
        probabilities : torch.Tensor
            [B, C].
        sure : torch.Tensor
            Booleans [B]: whether to train on them.
        """
        found = (cosines / self.temperature).softmax(dim=-1)
        return found, found.amax(dim=-1) > self.least
