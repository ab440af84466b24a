"""Mean normalisation of features over a window that moves with the frame."""

import torch
from torch.nn import functional as F


class ShortTimeMeanNorm(torch.nn.Module):
    """Subtracts from each frame the mean of the frames around it, as in the
    features of Cho et al. 2022 (https://arxiv.org/abs/2208.05445); at the ends
    the window holds fewer frames. SpeechBrain's `InputNormalization` takes the
    mean of the whole utterance.

    Arguments
    ---------
    context : int
        Frames on either side.

    Example
    -------
    >>> x = torch.tensor([[[1.0], [2.0], [6.0]]])
    >>> ShortTimeMeanNorm(context=1)(x).flatten()
    tensor([-0.5000, -1.0000,  2.0000])
    """

    def __init__(self, context=150):
        super().__init__()
        if context < 1:
            raise ValueError(f"context is 1 frame or more, got {context}")
        self.context = context

    def forward(self, x, lengths=None):
        """Normalises a batch.

        Arguments
        ---------
        x : torch.Tensor
            Features [B, T, F].
        lengths : torch.Tensor, optional
            Valid share of each row [B]; the frames after it are in no mean.

        Returns
        -------
        torch.Tensor
            [B, T, F].
        """
        B, T, _ = x.shape
        valid = x.new_ones(B, 1, T)
        if lengths is not None:
            frames = torch.round(lengths * T).clamp(min=1)
            inside = (
                torch.arange(T, device=x.device) < frames[:, None]
            )  # [B, T]
            valid = inside.unsqueeze(1).to(x.dtype)
        total = self._window(x.transpose(1, 2) * valid)  # [B, F, T]
        # Window's length cancels; no valid frame near: nothing to subtract
        share = self._window(valid).clamp(min=0.5 / (2 * self.context + 1))
        return x - (total / share).transpose(1, 2)

    def _window(self, x):
        return F.avg_pool1d(
            x, 2 * self.context + 1, stride=1, padding=self.context
        )
