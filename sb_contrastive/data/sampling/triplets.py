"""Draws triplets inside a batch: an anchor, a positive and a negative."""

from collections import Counter

import numpy as np

from sb_contrastive.data.randomness import keyed_generator

# A part of the key of each draw: another word would draw other triplets
PURPOSE = "partners"


class ClassTriplets:
    """Draws, for each item of a batch, a positive of its class and a negative
    of another.

    The positive is from another recording, for a shared channel would be a
    short cut, and from another speaker where the batch has one, so that an
    emotion is not met by recognising the voice. The negative is of a random
    other class, then a random item (Lux et al. 2022,
    https://arxiv.org/abs/2211.01964). The draw depends on (seed, epoch,
    utterance) and who else is there, not on their order.

    Arguments
    ---------
    rows : list of dict
        Manifest rows of all utterances that batches are made of.
    seed : int
        Seed of the experiment.
    column : str
        Column of the manifest that names the class.

    Example
    -------
    >>> rows = [
    ...     {"ID": i, "wav": f"{i}.wav", "label": i[0]} for i in ("a1", "a2", "b1")
    ... ]
    >>> ClassTriplets(rows, seed=1)(["a1", "a2", "b1"], epoch=1)  # b1 is alone
    [(0, 1, 2), (1, 0, 2)]
    """

    def __init__(self, rows, seed, column="label"):
        self.rows = {row["ID"]: row for row in rows}
        self.seed, self.column = seed, column

    def __call__(self, utterances, epoch):
        """Draws the triplets of one batch.

        Arguments
        ---------
        utterances : list of str
            IDs of its items; several views of one are of one recording.
        epoch : int
            Epoch, part of the key.

        Returns
        -------
        list of tuple of int
            (anchor, positive, negative), as places in the batch. An item
            without positive or negative is no anchor.
        """
        rows = [self.rows[u] for u in utterances]
        label = _codes([row[self.column] for row in rows])
        wav = _codes([row["wav"] for row in rows])
        # An unknown speaker counts as a speaker of its own
        speaker = _codes(
            [row.get("spk_id") or ("unknown", i) for i, row in enumerate(rows)]
        )
        order = np.lexsort((np.arange(len(rows)), np.array(utterances)))
        triplets, seen = [], Counter()
        for i, utterance in enumerate(utterances):
            view, seen[utterance] = seen[utterance], seen[utterance] + 1
            others = (label == label[i]) & (wav != wav[i])
            strangers = others & (speaker != speaker[i])
            positives = strangers if strangers.any() else others
            negatives = label != label[i]
            if not (positives.any() and negatives.any()):
                continue
            rng = keyed_generator(self.seed, epoch, utterance, view, PURPOSE)
            positive = rng.choice(order[positives[order]])
            name = rng.choice(np.unique(label[negatives]))
            negative = rng.choice(order[(label == name)[order]])
            triplets.append((i, int(positive), int(negative)))
        return triplets


class ViewTriplets:
    """Pairs the two views of each utterance, without labels.

    Arguments
    ---------
    seed : int
        Seed of the experiment.

    Example
    -------
    >>> ViewTriplets(seed=1)(["a", "b", "a", "b"], epoch=1)
    [(0, 2, 3), (1, 3, 2)]
    """

    def __init__(self, seed):
        self.seed = seed

    def __call__(self, utterances, epoch):
        """Draws the triplets of one batch.

        Arguments
        ---------
        utterances : list of str
            IDs of the first views, then of the second, in the same order.
        epoch : int
            Epoch, part of the key.

        Returns
        -------
        list of tuple of int
            (first view, second view, second view of another utterance), as
            places in the batch.
        """
        B = len(utterances) // 2
        if B < 2 or utterances[:B] != utterances[B:]:
            raise ValueError(
                f"pairs need both views of two utterances or more, first views "
                f"first, got {len(utterances)} crops: give crops counts [2]"
            )
        triplets = []
        for i, utterance in enumerate(utterances[:B]):
            rng = keyed_generator(self.seed, epoch, utterance, PURPOSE)
            other = int(rng.integers(B - 1))
            triplets.append((i, B + i, B + other + (other >= i)))
        return triplets


def _codes(names):
    """Numbers names: equal names have one index [N]."""
    return np.unique([str(n) for n in names], return_inverse=True)[1]
