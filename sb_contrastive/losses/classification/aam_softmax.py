"""AAM-softmax with a penalty on the classes that are nearest to the right one."""

import torch

from sb_contrastive.losses.contrastive.margins import angular_margin
from sb_contrastive.ranges import NotNegative, Positive, Whole


class AAMSoftmaxLoss(torch.nn.Module):
    """Cross-entropy of scaled cosines, where the right class has to win by an
    angular margin m (Deng et al. 2019, https://arxiv.org/abs/1801.07698):

        - log [ e^(s cos(theta_y + m)) / (e^(s cos(theta_y + m)) + sum_j e^(s cos(theta_j))) ].

    With `inter_top_k`, the k wrong classes of the highest cosines are moved
    nearer, cos(theta_j - m'), so that the embedding has to keep away from those
    that it could be taken for (Zhao et al. 2021, https://arxiv.org/abs/2109.01989).

    Arguments
    ---------
    margin : float
        m in radians, which a call may replace.
    scale : float
        s.
    inter_top_k : int
        k; 0 moves none.
    inter_margin : float
        m' in radians.

    Example
    -------
    >>> loss = AAMSoftmaxLoss(margin=0.0, scale=1.0)
    >>> loss(torch.tensor([[1.0, 0.0]]), torch.tensor([0]))  # log(1 + 1 / e)
    tensor(0.3133)
    """

    def __init__(
        self,
        margin: NotNegative = 0.2,
        scale: Positive = 30.0,
        inter_top_k: Whole = 0,
        inter_margin: NotNegative = 0.1,
    ):
        super().__init__()
        self.margin, self.scale = margin, scale
        self.inter_top_k, self.inter_margin = inter_top_k, inter_margin

    def forward(self, cosines, targets, margin=None):
        """Compute the mean loss of a batch.

        Arguments
        ---------
        cosines : torch.Tensor
            Of each embedding with each class [B, C], or [B, 1, C].
        targets : torch.Tensor
            The right classes [B], or [B, 1].
        margin : float, optional
            m of this step, where it follows a schedule.

        Returns
        -------
        torch.Tensor
            Scalar, in nats.
        """
        return self.terms(cosines, targets, margin).mean()

    def terms(self, cosines, targets, margin=None):
        """Compute the loss of each embedding [B]; arguments as of a call."""
        cosines, targets = cosines.flatten(0, -2), targets.flatten()
        margin = self.margin if margin is None else margin
        right = torch.zeros_like(cosines, dtype=torch.bool)
        right.scatter_(1, targets[:, None], True)
        logits = torch.where(right, angular_margin(cosines, margin), cosines)
        k = min(self.inter_top_k, cosines.shape[1] - 1)
        if k:
            wrong = cosines.detach().masked_fill(right, -2.0)
            near = torch.zeros_like(right)
            near.scatter_(1, wrong.topk(k, dim=1).indices, True)
            logits = torch.where(near, self._nearer(cosines), logits)
        return torch.nn.functional.cross_entropy(
            self.scale * logits, targets, reduction="none"
        )

    def soft_terms(self, cosines, targets):
        """Compute the cross-entropy with soft targets, without margins.

        Arguments
        ---------
        cosines : torch.Tensor
            [B, C].
        targets : torch.Tensor
            Probabilities [B, C].

        Returns
        -------
        torch.Tensor
            [B].
        """
        logs = (self.scale * cosines).log_softmax(dim=-1)
        return -(targets * logs).sum(dim=-1)

    def _nearer(self, cosines):
        """Return cos(theta - m'), at most 1."""
        angle = cosines.clamp(-1 + 1e-6, 1 - 1e-6).arccos()
        return (angle - self.inter_margin).clamp(min=0).cos()
