"""A pull of tuned weights towards the pretrained ones."""

import torch

from sb_contrastive.distributed import mean_over_ranks
from sb_contrastive.encoders.pretrained.frames import PretrainedFrames


class Pull:
    """Adds the gradient of a distance to the gradient of the loss (Peng et al.,
    WavLM for speaker verification: loss / sg(loss) + w R / sg(R), where sg stops
    the gradient and R is the sum over tensors of |theta - theta0|). Both terms
    weigh by their relative change, whatever their units. Here the sum is
    multiplied by the loss, so that the loss keeps its gradient.

    Arguments
    ---------
    modules : torch.nn.Module
        Front ends among its parts whose `tuning.pull` is above 0 are pulled.

    Example
    -------
    >>> Pull(torch.nn.Linear(2, 1)).terms
    []
    """

    def __init__(self, modules):
        self.terms = []  # (weight, parameters, where they started)
        for module in modules.modules():
            if not (isinstance(module, PretrainedFrames) and module.trains):
                continue
            # A teacher follows, and is pulled by nothing
            trained = [p for p in module.tuned.parameters() if p.requires_grad]
            if module.tuning.pull and trained:
                start = [p.detach().clone() for p in trained]
                self.terms.append((module.tuning.pull, trained, start))

    @torch.no_grad()
    def add(self, loss):
        """Add to the gradients of all pulled parameters.

        Arguments
        ---------
        loss : torch.Tensor
            The loss of this step, scalar; its mean over all processes counts.
        """
        loss = mean_over_ranks(loss)
        for weight, parameters, start in self.terms:
            away = torch._foreach_sub(parameters, start)
            norms = torch.stack(torch._foreach_norm(away))  # [tensors]
            scale = weight * loss.abs() / (norms.sum() + 1e-5)
            # The gradient of a norm is a unit vector, and 0 where nothing moved
            scales = torch.where(norms > 0, scale / norms.clamp(min=1e-12), 0)
            for parameter, difference, s in zip(parameters, away, scales):
                if parameter.grad is not None:
                    parameter.grad.add_(difference * s)
