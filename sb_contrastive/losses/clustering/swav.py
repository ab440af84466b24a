"""SwAV's loss: the prototypes of one crop are predicted from another."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.losses.clustering.sinkhorn import codes_of
from sb_contrastive.ranges import Count, Positive


class SwAVLoss(torch.nn.Module):
    """Swapped prediction of codes (Caron et al. 2020,
    https://arxiv.org/abs/2006.09882, Eqs. 1-5). With cosines s to the
    prototypes, the code q of a crop is exp(s / eps) after `sinkhorn` over the
    batch, without gradient, and the loss is the mean over pairs of a long crop g
    and another crop v of

    - sum_k q_g,k log softmax(s_v / tau)_k .

    In training the codes are computed over the batches of all processes.

    Arguments
    ---------
    temperature : float
        tau.
    epsilon : float
        eps: the lower it is, the nearer each code is to one prototype.
    iterations : int
        Of `sinkhorn`.

    Example
    -------
    >>> loss = SwAVLoss()
    >>> alike = torch.zeros(2, 4, 8)  # 2 crops of 4 utterances
    >>> loss(alike)  # log 8
    tensor(2.0794)
    """

    def __init__(
        self,
        temperature: Positive = 0.1,
        epsilon: Positive = 0.05,
        iterations: Count = 3,
    ):
        super().__init__()
        for value in (temperature, epsilon):
            if not value > 0:
                raise ValueError(
                    f"temperature and epsilon of SwAV are above 0, got {value}"
                )
        self.temperature = temperature
        self.epsilon = epsilon
        self.iterations = iterations

    @torch.no_grad()
    def codes(self, scores, queued=None):
        """Compute the codes of crops.

        Arguments
        ---------
        scores : torch.Tensor
            Cosines to the prototypes [G, B, K].
        queued : torch.Tensor, optional
            Those of earlier crops [G, M, K], which take part in the sharing out.

        Returns
        -------
        torch.Tensor
            [G, B, K], each of sum 1.
        """
        if scores.dtype != torch.float64:
            scores = scores.float()
        # A cosine is at most 1: less 1, nothing overflows, on any process
        weights = ((scores - 1) / self.epsilon).exp()
        more = [None] * len(scores)
        if queued is not None:
            more = ((queued.to(scores) - 1) / self.epsilon).exp()
        return torch.stack(
            [
                codes_of(own, self.training, others, self.iterations)
                for own, others in zip(weights, more)
            ]
        )

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, scores, long_crops=2, queued=None):
        """Compute the loss of one batch.

        Arguments
        ---------
        scores : torch.Tensor
            Cosines to the prototypes [V, B, K], V >= 2, the long crops first.
        long_crops : int
            G, the crops whose codes are predicted.
        queued : torch.Tensor, optional
            See `codes`.

        Returns
        -------
        torch.Tensor
            Scalar, in nats.
        """
        V, G = len(scores), long_crops
        if scores.ndim != 3 or V < 2 or not 1 <= G <= V:
            raise ValueError(
                f"SwAV needs cosines [V, B, K] of two crops or more, the long "
                f"ones first: got {list(scores.shape)}, {G} of them long"
            )
        q = self.codes(scores[:G], queued)
        log_p = (scores / self.temperature).log_softmax(dim=-1)
        # As for DINO: all pairs less those of a crop with itself
        every = (q.sum(dim=0) * log_p.sum(dim=0)).sum(dim=-1)
        same = (q * log_p[:G]).sum(dim=(0, -1))
        return -(every - same).mean() / (G * (V - 1))
