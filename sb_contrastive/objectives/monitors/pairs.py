"""Agreement of the two crops of an utterance over a whole validation part."""

import torch

from sb_contrastive.evaluation.embeddings.pair_monitors import pair_agreement


class PairMonitor:
    """Gather the pairs of a validation part.

    Example
    -------
    >>> monitor = PairMonitor()
    >>> monitor.add(torch.eye(3).repeat(2, 1, 1))
    >>> list(monitor.figures())
    ['positive_cosine', 'negative_cosine', 'hit_rate']
    """

    def __init__(self):
        self.clear()

    def clear(self):
        """Forget what was added."""
        self.pairs = []

    def add(self, pairs):
        """Add one batch.

        Arguments
        ---------
        pairs : torch.Tensor
            What the loss compares [2, B, P].
        """
        self.pairs.append(pairs.detach().float())

    def figures(self):
        """Return cosines and hit rate, see `pair_agreement`.

        Returns
        -------
        dict of str to torch.Tensor
        """
        return pair_agreement(*torch.cat(self.pairs, dim=1))
