"""ReSSL's loss: both views are alike to earlier embeddings in the same way."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.losses.contrastive.one_positive import unit_vectors
from sb_contrastive.ranges import Positive


class ReSSLLoss(torch.nn.Module):
    """Cross-entropy of two distributions over a queue (Zheng et al. 2021,
    https://arxiv.org/abs/2107.09282, Eqs. 4-6),

    p_t = softmax(z_t Q^T / tau_t), p_s = softmax(z_s Q^T / tau_s)
    L = - sum_k p_t,k log p_s,k, averaged over the batch,

    with z and the queue's embeddings Q of unit length. There is no positive and
    no negative: an earlier crop of the same speaker stays near when the teacher
    says so. tau_t has to be below tau_s, else nothing sharpens the relations.

    Arguments
    ---------
    student_temperature : float
        tau_s.
    teacher_temperature : float
        tau_t, at most tau_s.

    Example
    -------
    >>> z = torch.tensor([[1.0, 0.0]])
    >>> queue = torch.tensor([[0.0, 1.0], [0.0, -1.0]])
    >>> ReSSLLoss()(z, z, queue)  # log 2: neither is nearer
    tensor(0.6931)
    >>> ReSSLLoss()(z, z, queue[:0])
    tensor(-0.)
    """

    def __init__(
        self,
        student_temperature: Positive = 0.1,
        teacher_temperature: Positive = 0.04,
    ):
        super().__init__()
        if not 0 < teacher_temperature <= student_temperature:
            raise ValueError(
                f"the temperature of ReSSL's teacher, {teacher_temperature}, is "
                f"above 0 and at most that of the student, {student_temperature}"
            )
        self.student_temperature = student_temperature
        self.teacher_temperature = teacher_temperature

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(self, student, teacher, queue):
        """Compute the loss of one batch in one direction.

        Arguments
        ---------
        student : torch.Tensor
            Raw embeddings of one view [B, D].
        teacher : torch.Tensor
            Raw embeddings of the other by the moving average [B, D]; they get
            no gradient.
        queue : torch.Tensor
            Earlier embeddings by the moving average [K, D], without those of
            this batch; K may be 0, then the loss is 0.

        Returns
        -------
        torch.Tensor
            Scalar, in nats.
        """
        if (
            student.ndim != 2
            or student.shape != teacher.shape
            or queue.shape[1:] != student.shape[1:]
        ):
            raise ValueError(
                f"ReSSL needs embeddings [B, D] of student and teacher and a "
                f"queue [K, D], got {list(student.shape)}, "
                f"{list(teacher.shape)} and {list(queue.shape)}"
            )
        s = unit_vectors(student)
        t = unit_vectors(teacher.detach()).to(s)
        earlier = unit_vectors(queue.detach()).to(s).T  # [D, K]
        p = (t @ earlier / self.teacher_temperature).softmax(dim=1)
        log_p = (s @ earlier / self.student_temperature).log_softmax(dim=1)
        return -(p * log_p).sum(dim=1).mean()
