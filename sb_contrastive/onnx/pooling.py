"""Attentive statistics pooling of whole utterances, without the masks of padded batches."""

import torch


class UnpaddedPooling(torch.nn.Module):
    """The same statistics as SpeechBrain's `AttentiveStatisticsPooling` gives
    for utterances without padding; its masks fix the size of a batch when it is
    traced.

    Arguments
    ---------
    pooling : speechbrain.lobes.models.ECAPA_TDNN.AttentiveStatisticsPooling
        Its layers are taken as they are.

    Example
    -------
    >>> from speechbrain.lobes.models.ECAPA_TDNN import AttentiveStatisticsPooling
    >>> pooling, x = AttentiveStatisticsPooling(8).eval(), torch.randn(2, 8, 20)
    >>> torch.allclose(UnpaddedPooling(pooling)(x), pooling(x), atol=1e-5)
    True
    """

    def __init__(self, pooling):
        super().__init__()
        self.global_context, self.eps = pooling.global_context, pooling.eps
        self.tdnn, self.tanh, self.conv = (
            pooling.tdnn,
            pooling.tanh,
            pooling.conv,
        )

    def forward(self, x, lengths=None):
        """Pool over time.

        Arguments
        ---------
        x : torch.Tensor
            [B, C, T], all of it valid.
        lengths : torch.Tensor, optional
            Has to be absent, or all 1.

        Returns
        -------
        torch.Tensor
            [B, 2 C, 1]: means, then standard deviations.
        """
        heard = x
        if self.global_context:
            # The share of a frame, as a tensor: T is not known beforehand
            alike = torch.ones_like(x[:, :1])
            alike = alike / alike.sum(dim=2, keepdim=True)
            context = self._statistics(x, alike).expand(-1, -1, x.shape[2])
            heard = torch.cat([x, context], dim=1)
        scores = self.conv(self.tanh(self.tdnn(heard)))
        return self._statistics(x, scores.softmax(dim=2))

    def _statistics(self, x, weights):
        mean = (weights * x).sum(dim=2, keepdim=True)
        variance = (weights * (x - mean).square()).sum(dim=2, keepdim=True)
        return torch.cat([mean, variance.clamp(self.eps).sqrt()], dim=1)
