"""The loss of the self-distillation prototypes network (SDPN)."""

import math

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.distributed import gather_with_gradient
from sb_contrastive.losses.clustering.sinkhorn import codes_of
from sb_contrastive.ranges import Count, NotNegative, Positive


class SDPNLoss(torch.nn.Module):
    """Cross-entropy of a long crop's prototypes and those of short crops, and
    even use of all prototypes (Chen et al. 2024,
    https://arxiv.org/abs/2308.02774),

    L = mean - sum_k q_k log p_k + w (log K - H(mean p)).

    p = softmax(s / tau) of the student's cosines s; q comes from the teacher's
    softmax(t / tau), which is raised to the power 1 / T, scaled to sum 1 and
    shared out by `sinkhorn`. H is the entropy of the mean over the batches of
    all processes.

    Arguments
    ---------
    temperature : float
        tau of both sides.
    sharpening : float
        T; the authors have 1/4.
    even_weight : float
        w of the even use, which the paper calls me-max.
    iterations : int
        Of `sinkhorn`.

    Example
    -------
    >>> loss = SDPNLoss()
    >>> ce, uneven = loss.terms(torch.zeros(4, 3, 8), torch.zeros(3, 8))
    >>> ce, uneven.abs() < 1e-6  # log 8, and all prototypes are used alike
    (tensor(2.0794), tensor(True))
    """

    def __init__(
        self,
        temperature: Positive = 0.1,
        sharpening: Positive = 0.25,
        even_weight: NotNegative = 1.0,
        iterations: Count = 3,
    ):
        super().__init__()
        for value in (temperature, sharpening):
            if not value > 0:
                raise ValueError(
                    f"temperature and sharpening of SDPN are above 0, got {value}"
                )
        self.temperature = temperature
        self.sharpening = sharpening
        self.even_weight = even_weight
        self.iterations = iterations

    @torch.no_grad()
    def targets(self, teacher_scores):
        """Compute what the student is to predict.

        Arguments
        ---------
        teacher_scores : torch.Tensor
            Cosines to the prototypes [B, K].

        Returns
        -------
        torch.Tensor
            q [B, K], each of sum 1.
        """
        if teacher_scores.dtype != torch.float64:
            teacher_scores = teacher_scores.float()
        # A softmax to the power 1 / T, of sum 1, is one of T times the temperature
        sharp = self.temperature * self.sharpening
        q = (teacher_scores / sharp).softmax(dim=-1)
        return codes_of(q, self.training, iterations=self.iterations)

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, student_scores, teacher_scores):
        """Compute the loss of one batch.

        Arguments
        ---------
        student_scores : torch.Tensor
            Cosines of the short crops to the prototypes [V, B, K].
        teacher_scores : torch.Tensor
            Those of the long crop [B, K]; they get no gradient.

        Returns
        -------
        torch.Tensor
            Scalar, in nats.
        """
        ce, uneven = self.terms(student_scores, teacher_scores)
        return ce + self.even_weight * uneven

    def terms(self, student_scores, teacher_scores):
        """Compute both terms without a weight.

        Arguments
        ---------
        student_scores, teacher_scores : torch.Tensor
            As for `forward`.

        Returns
        -------
        tuple of torch.Tensor
            The cross-entropy, and log K - H.
        """
        q = self.targets(teacher_scores)  # [B, K]
        log_p = (student_scores / self.temperature).log_softmax(dim=-1)
        ce = -(q * log_p).sum(dim=-1).mean()
        mean = log_p.exp().mean(dim=(0, 1))  # [K]
        if self.training:
            mean = gather_with_gradient(mean[None]).mean(dim=0)
        entropy = torch.special.entr(mean).sum()
        return ce, math.log(len(mean)) - entropy
