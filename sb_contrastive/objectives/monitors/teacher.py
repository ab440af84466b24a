"""Watches whether a DINO teacher is sharp, uses its prototypes, or has collapsed."""

import torch

from sb_contrastive.evaluation.embeddings.monitors import (
    teacher_entropy,
    winner_perplexity,
)


class TeacherMonitor:
    """Gather the targets that a teacher gives over a validation part.

    Example
    -------
    >>> monitor = TeacherMonitor()
    >>> monitor.add(torch.eye(3)[None])
    >>> monitor.figures(loss=1.5)["kl"]  # the targets are certain
    1.5
    """

    def __init__(self):
        self.clear()

    def clear(self):
        """Forget what was added."""
        self.winners, self.utterances = [], 0
        self.entropies = 0.0  # summed over utterances
        self.joint_entropies = 0.0  # of the mean over the crops of each
        self.mass = 0.0  # of each prototype, summed over utterances [K]

    def add(self, targets):
        """Add one batch.

        Arguments
        ---------
        targets : torch.Tensor
            Distributions over the prototypes [G, B, K].
        """
        B = targets.shape[1]
        self.utterances += B
        # The distributions of a whole part would fill gigabytes
        self.winners.append(targets.argmax(dim=-1))  # [G, B]
        self.entropies += teacher_entropy(targets) * B
        mean = targets.float().mean(dim=0)  # [B, K]
        self.joint_entropies += teacher_entropy(mean) * B
        self.mass += mean.sum(dim=0)

    def figures(self, loss):
        """Return entropy and use of the prototypes.

        Arguments
        ---------
        loss : float
            Cross-entropy of the part: what it has beyond the entropy is `kl`.

        Returns
        -------
        dict of str to float or torch.Tensor
        """
        entropy = self.entropies / self.utterances
        mean = self.mass / self.utterances
        return {
            "teacher_entropy": entropy,
            # As `teacher_information` of the mean over crops: what the target
            # says of the utterance, not of the crop
            "teacher_information": teacher_entropy(mean)
            - self.joint_entropies / self.utterances,
            "kl": loss - float(entropy),
            "prototype_perplexity": winner_perplexity(
                torch.cat(self.winners, dim=1)
            ),
        }
