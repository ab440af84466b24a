"""Utterance embeddings of an adapter over frozen frames, behind the call of any encoder."""

import torch

from sb_contrastive.encoders.padding.valid_frames import valid_frames
from sb_contrastive.ranges import Share


class AdapterEncoder(torch.nn.Module):
    """Frames of a frozen encoder -> WAP-Transformer -> pooling -> batch
    normalisation -> [B, D'].

    Pooled frames differ less between utterances than frames differ within one.
    Without normalisation they are nearly constant, and a classifier on them
    learns slowly (docs/results.md). ECAPA-TDNN normalises its pooled statistics
    too.

    The input is frames [B, T, D], such as those of a cache, or waveforms [B, S],
    which the frame encoder turns into frames. The frame encoder itself takes
    care that it stays frozen.

    Arguments
    ---------
    adapter : WAPTransformer
        The adapter, from frames to frames.
    pooling : torch.nn.Module
        (frames [B, T, D], lengths [B]) -> [B, 1, D'] with an `output_dim`, e.g.
        `AttentivePooling`. `affine_modules` names the pooling and the
        normalisation: training these and the classifier alone leaves the
        adapter as pretrained.
    dropout : float
        Share of the embedding's coordinates dropped in training.
    frame_encoder : torch.nn.Module, optional
        Encoder whose `frames(wavs, lens)` returns ([B, T, D], lens); without
        one, waveforms are refused.

    Example
    -------
    >>> from sb_contrastive.adapter import WAPTransformer
    >>> from sb_contrastive.encoders import AttentivePooling
    >>> wap = WAPTransformer(16, heads=2, feedforward=32)
    >>> encoder = AdapterEncoder(wap, AttentivePooling(16))
    >>> encoder(torch.randn(2, 50, 16), torch.tensor([1.0, 0.5])).shape
    torch.Size([2, 32])
    """

    def __init__(
        self, adapter, pooling, dropout: Share = 0.0, frame_encoder=None
    ):
        super().__init__()
        self.adapter = adapter
        self.pooling = pooling
        self.norm = torch.nn.BatchNorm1d(pooling.output_dim)
        self.dropout = torch.nn.Dropout(dropout)
        self.embedding_dim = pooling.output_dim
        self.frame_encoder = frame_encoder

    def forward(self, inputs, lens=None):
        """Embed a batch.

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
        frames, lens = self._frames(inputs, lens)
        valid = None if lens is None else valid_frames(lens, frames.shape[1])
        pooled = self.pooling(self.adapter(frames, valid), lens)  # [B, 1, D']
        return self.dropout(self.norm(pooled.squeeze(1)))

    def _frames(self, inputs, lens):
        if inputs.dim() == 2:
            if self.frame_encoder is None:
                raise ValueError(
                    "this encoder has no frame_encoder, so it takes frames "
                    f"[B, T, D]: got waveforms {list(inputs.shape)}"
                )
            inputs, lens = self.frame_encoder.frames(inputs, lens)
        # Frames of a cache are in half precision
        return inputs.float(), lens

    def affine_modules(self):
        """Return pooling and normalisation, which turn frames into the embedding.

        Returns
        -------
        list of torch.nn.Module
        """
        return [self.pooling, self.norm]

    def is_affine(self, name):
        """Tell whether a name in `state_dict` belongs to pooling or normalisation.

        Arguments
        ---------
        name : str
            E.g. "norm.weight".

        Returns
        -------
        bool
        """
        return name.startswith(("pooling.", "norm."))
