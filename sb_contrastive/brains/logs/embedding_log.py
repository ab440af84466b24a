"""Spread and speakers of the embeddings of a validation part."""

import torch

from sb_contrastive.evaluation.embeddings.monitors import (
    effective_rank,
    embedding_std,
    mean_cosine,
)
from sb_contrastive.evaluation.embeddings.probes import speaker_probes


class EmbeddingLog:
    """Gather the embeddings that are kept after training.

    Arguments
    ---------
    speakers : dict of str to str, optional
        Utterance -> speaker, for the probes. No label has any part in training
        or in choosing a model.

    Example
    -------
    >>> log = EmbeddingLog()
    >>> log.add(["a", "b", "c"], torch.eye(3)[None])
    >>> list(log.figures())
    ['embedding_std', 'mean_cosine', 'effective_rank']
    """

    def __init__(self, speakers=None):
        self.speakers = speakers or {}
        self.clear()

    def clear(self):
        """Forget what was added."""
        self.utterances, self.embeddings = [], []

    def add(self, utterances, embeddings):
        """Add one batch.

        Arguments
        ---------
        utterances : list of str
            Their IDs, B.
        embeddings : torch.Tensor
            Of V crops of each [V, B, D].
        """
        self.utterances += utterances
        self.embeddings.append(embeddings.detach().float())

    def figures(self):
        """Return deviation and probes of the embeddings, averaged over the crops
        of an utterance.

        Returns
        -------
        dict of str to float or torch.Tensor
        """
        z = torch.cat(self.embeddings, dim=1).mean(dim=0)  # [N, D]
        return {
            "embedding_std": embedding_std(z),
            "mean_cosine": mean_cosine(z),
            "effective_rank": effective_rank(z),
            **speaker_probes(z, self.utterances, self.speakers),
        }
