"""Draws the frames that are masked in the input of the student."""

from typing import NamedTuple

import numpy as np
import torch

from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.ranges import Count, Fraction
from sb_contrastive.suggestions import check_choice

STRATEGIES = ("span", "block")
MASKED = -1  # stands for the mask vector in `source`


class FrameMask(NamedTuple):
    """Masks of a batch.

    `masked` [B, T] is True on the frames that enter the losses of masked
    frames; `source` [B, T] says what the student sees at each frame: the number
    of a frame of its row, usually its own, or -1 for the mask vector.
    """

    masked: torch.Tensor
    source: torch.Tensor


class FrameMasking:
    """Draw masks as a function of (seed, epoch, utterance), never on padding.

    "span" draws spans of equal length, which may overlap, from distinct uniform
    starts: int(p T / span + u) of them, u uniform in [0, 1), at least one (as
    wav2vec 2.0 and data2vec do, https://arxiv.org/abs/2202.03555). With p = 0.65
    about 49 % of the frames end up masked, with 0.80 about 57 %.

    "block" cuts the row into blocks and chooses a share p of them, but never
    all. Of the chosen blocks 90 % become the mask vector, in 5 % each frame
    becomes a random other one of the row, and 5 % stay; all enter the losses,
    as in BERT (https://arxiv.org/abs/1810.04805).

    In a row shorter than two spans, one span of half its frames is masked; in a
    row of a single frame, nothing is.

    Arguments
    ---------
    strategy : str
        "span" or "block".
    p : float
        Share that decides how much is masked, see above; in (0, 1].
    span : int
        Frames of a span or block; 10 are 200 ms at 50 frames a second. Frames
        of an encoder hold information on their neighbours, so a short span is
        easily predicted from what surrounds it.
    seed : int
        Seed of the experiment.

    Example
    -------
    >>> masking = FrameMasking(p=0.65, span=10, seed=1986)
    >>> mask = masking(["utt7", "utt8"], [100, 12], frames=100)
    >>> mask.masked.shape, int(mask.masked[1].sum())
    (torch.Size([2, 100]), 6)
    """

    def __init__(
        self, strategy="span", p: Fraction = 0.65, span: Count = 10, seed=0
    ):
        check_choice("a mask strategy", strategy, STRATEGIES)
        if not 0 < p <= 1:
            raise ValueError(f"p is a share in (0, 1], got {p}")
        if span < 1:
            raise ValueError(f"a span has at least one frame, got {span}")
        self.strategy, self.p, self.span, self.seed = strategy, p, span, seed
        self.epoch = 0

    def __call__(self, utterances, counts, frames):
        """Draw the masks of a batch, on the CPU.

        Arguments
        ---------
        utterances : list of str
            IDs of the B rows.
        counts : list of int
            Valid frames of each row.
        frames : int
            T, the padded length.

        Returns
        -------
        FrameMask
            Tensors [B, T].
        """
        masked = np.zeros((len(counts), frames), dtype=bool)
        source = np.tile(np.arange(frames), (len(counts), 1))
        for row, (utterance, count) in enumerate(zip(utterances, counts)):
            rng = keyed_generator(self.seed, self.epoch, utterance, "mask")
            if count < 2 * self.span:
                masked[row] = _one_span(rng, count, frames)
                source[row, masked[row]] = MASKED
            elif self.strategy == "span":
                masked[row, :count] = self._spans(rng, count)
                source[row, masked[row]] = MASKED
            else:
                self._blocks(rng, count, masked[row], source[row])
        return FrameMask(torch.from_numpy(masked), torch.from_numpy(source))

    def _spans(self, rng, count):
        number = max(int(self.p * count / self.span + rng.random()), 1)
        places = count - self.span + 1
        starts = rng.choice(places, min(number, places), replace=False)
        edges = np.zeros(count + 1, dtype=int)
        np.add.at(edges, starts, 1)
        np.add.at(edges, starts + self.span, -1)
        return edges[:-1].cumsum() > 0

    def _blocks(self, rng, count, masked, source):
        blocks = -(-count // self.span)  # the last may be shorter
        number = max(int(self.p * blocks + rng.random()), 1)
        chosen = rng.permutation(blocks)[: min(number, blocks - 1)]
        for block, lot in zip(chosen, rng.random(len(chosen))):
            start = block * self.span
            where = np.arange(start, min(start + self.span, count))
            masked[where] = True
            if lot < 0.90:
                source[where] = MASKED
            elif lot < 0.95:
                # A shift by 1 to count - 1, modulo count, never meets the frame itself
                steps = rng.integers(1, count, len(where))
                source[where] = (where + steps) % count


def _one_span(rng, count, frames):
    length = count // 2
    start = rng.integers(count - length + 1)
    places = np.arange(frames)
    return (places >= start) & (places < start + length)
