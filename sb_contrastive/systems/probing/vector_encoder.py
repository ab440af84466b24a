"""Vectors that nothing here trains, behind the call of an encoder, for trial lists."""

import torch

from sb_contrastive.encoders.padding.equal_lengths import (
    groups_of_equal_length,
)


class VectorEncoder(torch.nn.Module):
    """Embeds utterances by a source of vectors, such as Resemblyzer.

    Arguments
    ---------
    source : object
        See `VectorCache`; it has `dim`, and `vector(wav)`, from samples [S] at
        16 kHz to [D].

    Example
    -------
    >>> class Loudness:
    ...     dim = 1
    ...     def vector(self, wav):
    ...         return [abs(wav).max()]
    >>> wavs = torch.tensor([[0.5, -0.5, 0.0], [0.1, 0.2, 0.3]])
    >>> VectorEncoder(Loudness())(wavs).tolist()
    [[0.5], [0.30000001192092896]]
    """

    def __init__(self, source):
        super().__init__()
        self.source = source
        self.embedding_dim = source.dim
        self.sample_rate = 16000

    def forward(self, wavs, wav_lens=None):
        """Embed a batch, row by row.

        Arguments
        ---------
        wavs : torch.Tensor
            Waveforms [B, S], padded at the right.
        wav_lens : torch.Tensor, optional
            Valid share of each row [B]; all valid when absent.

        Returns
        -------
        torch.Tensor
            [B, D].
        """
        vectors = wavs.new_empty(len(wavs), self.embedding_dim)
        for rows, equal in groups_of_equal_length(wavs, wav_lens):
            for row, wav in zip(rows.tolist(), equal.cpu().numpy()):
                vectors[row] = torch.as_tensor(self.source.vector(wav))
        return vectors
