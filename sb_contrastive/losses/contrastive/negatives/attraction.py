"""False negatives that are known become positives."""

import torch

from sb_contrastive.losses.contrastive.negatives.negatives import Negatives


class Attraction(Negatives):
    """The attraction loss of IFND (Chen et al. 2022,
    https://arxiv.org/abs/2106.03719): an anchor is pulled to its positive and to
    all others of its label, L = -mean_p log( e^(s_p/tau) / sum_a e^(s_a/tau) ),
    where a is the positive or any other. A margin is that of the positive alone,
    of which one can be sure.

    It needs labels, such as those of `sb_contrastive.objectives.FalseNegatives`;
    without any it is NT-Xent. The authors find it riskier than leaving such
    others out, since a wrong label then pulls.

    Example
    -------
    >>> from sb_contrastive.losses import NTXentLoss
    >>> loss = NTXentLoss(1.0, negatives=Attraction())
    >>> z = torch.eye(2)
    >>> loss(z, z)  # log(1 + 2 / e)
    tensor(0.5514)
    >>> loss(z, z, labels=torch.tensor([0, 0]))  # two more positives, of cosine 0
    tensor(1.2181)
    """

    def terms(self, compared):
        """Compute the loss of each anchor [N]; 0 where it has no other."""
        logit = compared.phi / compared.temperature  # [N]
        logits = compared.others / compared.temperature  # [N, M]
        alike = compared.alike
        logits = compared.masked(logits, compared.outside)
        every = torch.cat([logit[:, None], logits], dim=1).logsumexp(dim=1)
        if alike is None:
            return every - logit
        if compared.outside is not None:
            alike = alike & ~compared.outside
        total = logit + logits.where(alike, 0).sum(dim=1)
        return every - total / (1 + alike.sum(dim=1))
