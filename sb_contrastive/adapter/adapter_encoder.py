"""Utterance embeddings of an adapter over frozen frames, behind the call that every encoder here has."""

import torch

from sb_contrastive.encoders.valid_frames import valid_frames


class AdapterEncoder(torch.nn.Module):
    """Frames of a frozen encoder -> WAP-Transformer -> pooling -> [B, D'].

    It takes frames [B, T, D], from a cache say, or waveforms [B, S], which the
    frozen encoder turns into frames first. That encoder stays as it is: always
    in evaluation mode, without gradient, and out of the `state_dict`, so that
    the weights kept are those of the adapter.

    Arguments
    ---------
    adapter : WAPTransformer
        Frames to frames.
    pooling : torch.nn.Module
        (frames [B, T, D], lengths [B]) -> [B, 1, D'] with an `output_dim`, e.g.
        `AttentivePooling`. It is what `affine_modules` names: training it and
        the classifier alone leaves the adapter as pretrained.
    frame_encoder : object, optional
        Its `frames(wavs, lens)` gives ([B, T, D], lens), as that of
        `UtteranceEncoder`; without it, waveforms are refused.

    Example
    -------
    >>> from sb_contrastive.adapter import WAPTransformer
    >>> from sb_contrastive.encoders import AttentivePooling
    >>> wap = WAPTransformer(8, heads=2, feedforward=16)
    >>> encoder = AdapterEncoder(wap, AttentivePooling(8))
    >>> encoder(torch.randn(2, 50, 8), torch.tensor([1.0, 0.5])).shape
    torch.Size([2, 16])
    """

    def __init__(self, adapter, pooling, frame_encoder=None):
        super().__init__()
        self.adapter = adapter
        self.pooling = pooling
        self.embedding_dim = pooling.output_dim
        # In a tuple it is no submodule: train(), requires_grad_(), state_dict()
        # and optimisers pass it by
        self._frozen = ()
        if frame_encoder is not None:
            self._frozen = (frame_encoder.requires_grad_(False).eval(),)

    def forward(self, inputs, lens=None):
        """Embeds a batch.

        Arguments
        ---------
        inputs : torch.Tensor
            Frames [B, T, D] or waveforms [B, S], padded at the right.
        lens : torch.Tensor, optional
            Valid share of each row [B], in (0, 1]; all valid when absent.

        Returns
        -------
        torch.Tensor
            Embeddings [B, D'].
        """
        frames, lens = self.frozen_frames(inputs, lens)
        valid = None if lens is None else valid_frames(lens, frames.shape[1])
        return self.pooling(self.adapter(frames, valid), lens).squeeze(1)

    @torch.no_grad()
    def frozen_frames(self, inputs, lens=None):
        """What the adapter sees of a batch.

        Arguments
        ---------
        inputs : torch.Tensor
            Frames [B, T, D] of any floating type, or waveforms [B, S].
        lens : torch.Tensor, optional
            Valid share of each row [B].

        Returns
        -------
        tuple
            Frames [B, T, D] in float32 and the valid share of each row, or None.
        """
        if inputs.dim() == 3:
            return inputs.float(), lens
        if not self._frozen:
            raise ValueError(
                "this encoder takes frames [B, T, D], or waveforms when it is "
                f"given a frame_encoder; got a tensor {list(inputs.shape)}"
            )
        frames, lens = self._frozen[0].to(inputs.device).frames(inputs, lens)
        return frames.float(), lens

    def affine_modules(self):
        """The parts that make the embedding from frames: the pooling.

        Returns
        -------
        list of torch.nn.Module
        """
        return [self.pooling]

    def affine_state(self):
        """What `state_dict` holds of the pooling.

        Returns
        -------
        dict of str to torch.Tensor
        """
        return {
            f"pooling.{name}": value
            for name, value in self.pooling.state_dict().items()
        }
