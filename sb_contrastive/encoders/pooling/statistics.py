"""Mean and standard deviation over time, free of noise and exact at any length."""

import torch


class StatisticsPooling(torch.nn.Module):
    """Concatenated mean and standard deviation of the frames [B, T, D] -> [B, 1, 2D].

    SpeechBrain's module of this name adds random noise, in evaluation too, so
    that one recording has many embeddings; this one is its deterministic twin
    and takes its place in the x-vector (see `UtteranceEncoder`).

    Example
    -------
    >>> frames = torch.tensor([[[1.0], [3.0]]])
    >>> StatisticsPooling()(frames)
    tensor([[[2., 1.]]])
    """

    def forward(self, x, lengths=None):
        """Pools over time.

        Arguments
        ---------
        x : torch.Tensor
            Frames [B, T, D].
        lengths : torch.Tensor, optional
            Valid share of each row [B], in (0, 1]; all valid when absent.

        Returns
        -------
        torch.Tensor
            [B, 1, 2D]: means, then (biased) standard deviations.
        """
        B, T, _ = x.shape
        if lengths is None:
            lengths = torch.ones(B, device=x.device)
        valid = torch.round(lengths * T).clamp(min=1)  # frames per row
        mask = torch.arange(T, device=x.device) < valid[:, None]  # [B, T]
        weights = (mask / valid[:, None]).unsqueeze(-1).to(x.dtype)  # [B, T, 1]
        mean = (x * weights).sum(dim=1)  # [B, D]
        variance = ((x - mean[:, None]) ** 2 * weights).sum(dim=1)
        # 1e-10 keeps the root's slope finite where a channel is constant
        std = (variance + 1e-10).sqrt()
        return torch.cat([mean, std], dim=-1).unsqueeze(1)
