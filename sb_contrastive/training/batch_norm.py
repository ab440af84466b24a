"""Batch normalisation over the batch of all processes, on a CPU too."""

import torch
import torch.distributed.nn.functional as dist_with_gradient

from sb_contrastive.distributed import world_size


def synchronise_batch_norm(module):
    """Makes every batch norm in a module take its statistics over all
    processes. Half a batch has other statistics than the whole, and a network
    that is only followed, a teacher, would have other ones on each process.

    Arguments
    ---------
    module : torch.nn.Module
        Changed in place; names, weights and statistics stay.

    Returns
    -------
    torch.nn.Module
        The same, or another where it is a batch norm itself.

    Example
    -------
    >>> network = torch.nn.Sequential(torch.nn.BatchNorm1d(4))
    >>> synchronise_batch_norm(network)
    Sequential(
      (0): SyncedBatchNorm(4, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
    )
    """
    if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
        if not (module._parameters or module._buffers):
            return module  # of a frozen network: its statistics rest
        return SyncedBatchNorm.of(module)
    for name, child in module.named_children():
        setattr(module, name, synchronise_batch_norm(child))
    return module


class SyncedBatchNorm(torch.nn.modules.batchnorm._BatchNorm):
    """Batch norm over the rows of all processes, which may differ in number;
    that of PyTorch, `SyncBatchNorm`, runs on GPUs alone, where it is used.

    Arguments are those of `torch.nn.BatchNorm1d`.

    Example
    -------
    >>> norm = SyncedBatchNorm(2)
    >>> norm(torch.tensor([[1.0, 5.0], [3.0, 7.0]])).tolist()
    [[-0.99999..., -0.99999...], [0.99999..., 0.99999...]]
    """

    @classmethod
    def of(cls, norm):
        """Has the parameters and buffers of `norm`, themselves and no copies."""
        if any(x.is_cuda for x in (*norm.parameters(), *norm.buffers())):
            return torch.nn.SyncBatchNorm.convert_sync_batchnorm(norm)
        made = cls(
            norm.num_features,
            norm.eps,
            norm.momentum,
            norm.affine,
            norm.track_running_stats,
        )
        made._parameters, made._buffers = norm._parameters, norm._buffers
        return made.train(norm.training)

    def _check_input_dim(self, x):
        pass  # whatever it is in the place of has looked

    def forward(self, x):
        """Normalises x [N, C, ...] per channel C."""
        if not self.training or world_size() == 1:
            return super().forward(x)
        given = x.dtype
        x = x.to(torch.promote_types(given, torch.float32))
        others = [d for d in range(x.dim()) if d != 1]
        shape = [-1 if d == 1 else 1 for d in range(x.dim())]
        count = x.new_full((1,), x.numel() // x.shape[1])
        sums = torch.cat([x.sum(others), count])
        sums = dist_with_gradient.all_reduce(sums)
        count = sums[-1].detach()
        mean = sums[:-1] / count  # [C]
        centred = x - mean.view(shape)
        squares = dist_with_gradient.all_reduce(centred.square().sum(others))
        variance = squares / count
        if self.track_running_stats:
            self._remember(mean.detach(), variance.detach(), count)
        normal = centred * (variance + self.eps).rsqrt().view(shape)
        if self.affine:
            normal = normal * self.weight.view(shape) + self.bias.view(shape)
        return normal.to(given)

    @torch.no_grad()
    def _remember(self, mean, variance, count):
        self.num_batches_tracked += 1
        share = self.momentum
        if share is None:  # a plain average
            share = 1 / self.num_batches_tracked
        unbiased = variance * count / (count - 1)
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(unbiased, share)
