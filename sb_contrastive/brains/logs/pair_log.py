"""What is logged about pairs of views: agreement, spread, speakers."""

import torch

from sb_contrastive.evaluation.embeddings.monitors import (
    effective_rank,
    embedding_std,
)
from sb_contrastive.evaluation.embeddings.pair_monitors import pair_agreement
from sb_contrastive.evaluation.embeddings.probes import speaker_probes


class PairLog:
    """Gathers the pairs of a validation part and draws figures from them.

    Arguments
    ---------
    speakers : dict of str to str, optional
        Utterance -> speaker, for the probes.

    Example
    -------
    >>> log = PairLog()
    >>> z = torch.eye(3).repeat(2, 1, 1)  # [2, N, D]
    >>> log.add(["a", "b", "c"], z, z)
    >>> list(log.figures())
    ['positive_cosine', 'negative_cosine', 'hit_rate', 'embedding_std', 'effective_rank']
    """

    def __init__(self, speakers=None):
        self.speakers = speakers or {}
        self.clear()

    def clear(self):
        """Forgets what was added."""
        self.utterances, self.outputs, self.embeddings = [], [], []

    def add(self, utterances, outputs, embeddings):
        """Adds one batch.

        Arguments
        ---------
        utterances : list of str
            Their IDs, B.
        outputs : torch.Tensor
            What the loss compares [2, B, P]: embeddings, or what the projector
            makes of them.
        embeddings : torch.Tensor
            What is kept after training [2, B, D].
        """
        self.utterances += utterances
        self.outputs.append(outputs.detach().float())
        self.embeddings.append(embeddings.detach().float())

    def figures(self):
        """Cosines and hit rate of what the loss compares; spread and probes of
        the embeddings, averaged over both views.

        Returns
        -------
        dict of str to float or torch.Tensor
        """
        utterances = torch.cat(self.embeddings, dim=1).mean(dim=0)  # [N, D]
        return {
            **pair_agreement(*torch.cat(self.outputs, dim=1)),
            "embedding_std": embedding_std(utterances),
            "effective_rank": effective_rank(utterances),
            **speaker_probes(utterances, self.utterances, self.speakers),
        }
