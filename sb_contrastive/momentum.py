"""A teacher network that follows a student as an exponential moving average."""

import copy

import torch

from sb_contrastive.distributed import unwrap


class EMATeacher(torch.nn.Module):
    """A copy of a network that follows it as an exponential moving average.

    After each optimiser step, theta_t <- m theta_t + (1 - m) theta_s, in one
    fused operation over all parameters. The copy is made by value: rebuilding
    it from YAML would draw other weights.

    Arguments
    ---------
    student : torch.nn.Module
        The network to follow, which is copied.
    buffers : str
        The rule for buffers (batch-norm statistics). "own": the teacher
        computes the statistics of its own input, in the mode that it is set to,
        as in DINO. "copy": each update copies the student's buffers.

    Example
    -------
    >>> student = torch.nn.Linear(1, 1, bias=False)
    >>> teacher = EMATeacher(student)
    >>> before = student.weight.item()
    >>> _ = torch.nn.init.constant_(student.weight, before + 1)
    >>> teacher.update(student, momentum=0.9)
    >>> round(teacher.network.weight.item() - before, 4)
    0.1
    """

    def __init__(self, student, buffers="own"):
        super().__init__()
        if buffers not in ("own", "copy"):
            raise ValueError(f"buffers is 'own' or 'copy', got {buffers!r}")
        self.buffer_rule = buffers
        self.network = copy.deepcopy(student).requires_grad_(False)

    def train(self, mode=True):
        """Set the mode; of a pretrained network that is tuned, the teacher is
        always in evaluation mode: it hears all, with no dropout and no masks."""
        super().train(mode)
        for module in self.modules():
            if getattr(module, "rests_in_teachers", False):
                module.eval()
        return self

    @torch.no_grad()
    def forward(self, *args, **kwargs):
        """Run the teacher without gradient."""
        return self.network(*args, **kwargs)

    @torch.no_grad()
    def update(self, student, momentum):
        """Move the teacher towards the student.

        Arguments
        ---------
        student : torch.nn.Module
            The network that was copied, or its DistributedDataParallel wrapper.
        momentum : float
            m, the share of the old teacher that stays, in [0, 1].
        """
        student = unwrap(student)
        old, new = list(self.network.parameters()), list(student.parameters())
        torch._foreach_lerp_(old, new, 1.0 - momentum)
        if self.buffer_rule == "copy":
            for mine, theirs in zip(self.network.buffers(), student.buffers()):
                mine.copy_(theirs)
