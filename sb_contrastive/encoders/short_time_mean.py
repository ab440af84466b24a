"""Mean normalisation of features over a window that moves with the frame."""

import torch
from torch.nn import functional as F

from sb_contrastive.encoders.padding.valid_frames import valid_frames
from sb_contrastive.ranges import Count


class ShortTimeMeanNorm(torch.nn.Module):
    """Subtract from each frame the mean of the frames around it, as Cho et al.
    2022 do (https://arxiv.org/abs/2208.05445). At the ends of an utterance the
    window holds fewer frames. SpeechBrain's `InputNormalization` takes the
    mean of the whole utterance.

    Arguments
    ---------
    context : int
        Frames on either side of the window's centre.

    Example
    -------
    >>> x = torch.tensor([[[1.0], [2.0], [6.0]]])
    >>> ShortTimeMeanNorm(context=1)(x).flatten()
    tensor([-0.5000, -1.0000,  2.0000])
    """

    def __init__(self, context: Count = 150):
        super().__init__()
        if context < 1:
            raise ValueError(f"context is 1 frame or more, got {context}")
        self.context = context

    def forward(self, x, lengths=None):
        """Normalise a batch.

        Arguments
        ---------
        x : torch.Tensor
            Features [B, T, F].
        lengths : torch.Tensor, optional
            Valid share of each row [B]; later frames enter no mean.

        Returns
        -------
        torch.Tensor
            [B, T, F].
        """
        B, T, _ = x.shape
        valid = x.new_ones(B, 1, T)
        if lengths is not None:
            valid = valid_frames(lengths, T).unsqueeze(1).to(x.dtype)
        total = self._window(x.transpose(1, 2) * valid)  # [B, F, T]
        # The window's length cancels. Where no frame in it is valid, both are 0
        # and nothing is subtracted
        share = self._window(valid).clamp(min=0.5 / (2 * self.context + 1))
        return x - (total / share).transpose(1, 2)

    def _window(self, x):
        return F.avg_pool1d(
            x, 2 * self.context + 1, stride=1, padding=self.context
        )
