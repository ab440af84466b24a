"""What is logged about a DINO teacher: is it sharp, does it use its prototypes, has it collapsed."""

import torch

from sb_contrastive.evaluation.embeddings.monitors import (
    effective_rank,
    embedding_std,
    mean_cosine,
    teacher_entropy,
    winner_perplexity,
)
from sb_contrastive.evaluation.embeddings.probes import speaker_probes


class DINOLog:
    """Gathers what the teacher makes of a validation part and draws figures
    from it.

    Arguments
    ---------
    speakers : dict of str to str, optional
        Utterance -> speaker, for the probes.

    Example
    -------
    >>> log = DINOLog()
    >>> log.add(["a", "b", "c"], torch.eye(3)[None], torch.eye(3)[None])
    >>> log.figures(loss=1.5)["kl"]  # the targets are certain
    1.5
    """

    def __init__(self, speakers=None):
        self.speakers = speakers or {}
        self.clear()

    def clear(self):
        """Forgets what was added."""
        self.utterances, self.embeddings, self.winners = [], [], []
        self.entropies = 0.0  # summed over utterances
        self.mass = 0.0  # of each prototype, summed over utterances [K]

    def add(self, utterances, embeddings, targets):
        """Adds one batch.

        Arguments
        ---------
        utterances : list of str
            Their IDs, B.
        embeddings : torch.Tensor
            The teacher's, of the long crops [G, B, D].
        targets : torch.Tensor
            Its distributions over the prototypes [G, B, K].
        """
        self.utterances += utterances
        self.embeddings.append(embeddings.float())
        # The distributions of a whole part would fill gigabytes
        self.winners.append(targets.argmax(dim=-1))  # [G, B]
        self.entropies += teacher_entropy(targets) * len(utterances)
        self.mass += targets.float().mean(dim=0).sum(dim=0)

    def figures(self, loss):
        """Entropy and spread of the targets; spread and probes of the
        embeddings, averaged over the crops of an utterance.

        Arguments
        ---------
        loss : float
            Cross-entropy of the part: what it has beyond the entropy is `kl`.

        Returns
        -------
        dict of str to float or torch.Tensor
        """
        winners = torch.cat(self.winners, dim=1)  # [G, N]
        utterances = torch.cat(self.embeddings, dim=1).mean(dim=0)  # [N, D]
        entropy = self.entropies / len(self.utterances)
        mean = self.mass / len(self.utterances)
        return {
            "teacher_entropy": entropy,
            # As `teacher_information` of all distributions
            "teacher_information": teacher_entropy(mean) - entropy,
            "kl": loss - float(entropy),
            "prototype_perplexity": winner_perplexity(winners),
            "embedding_std": embedding_std(utterances),
            "mean_cosine": mean_cosine(utterances),
            "effective_rank": effective_rank(utterances),
            **speaker_probes(utterances, self.utterances, self.speakers),
        }
