"""Random crops of an utterance, read from disk without reading the rest of it."""

import numpy as np
import torch

from sb_contrastive.data.audio.reading import read_samples
from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.data.views.shared_epoch import SharedEpoch
from sb_contrastive.ranges import Count, Positive


def repeat_to(audio, length):
    """Repeats a short signal until it has `length` samples.

    Example
    -------
    >>> repeat_to(np.array([1, 2, 3]), 5)
    array([1, 2, 3, 1, 2])
    """
    if len(audio) >= length:
        return audio[:length]
    return np.resize(audio, length)


class RandomCrops:
    """Draws groups of equally long crops from one utterance.

    Starts are uniform and independent, overlap is allowed (Cho et al. 2022).
    They depend on (seed, epoch, utterance, view) alone; whoever trains sets
    `epoch`. An utterance shorter than a crop is repeated to its length.

    `disjoint` is for a pair of crops that share no sample: one lies before a
    random pivot, the other after it (Lepage & Dehak 2024,
    https://arxiv.org/abs/2404.14913). An utterance shorter than both together
    is taken as a circle, on which they follow one another from a random sample
    on, so that they share no more than they must.

    `window_seconds` draws all crops of an utterance from one piece of it, which
    is another in each epoch: they then share a moment, how it was spoken
    included, and not only who speaks (the views of BYOL-A, Niizumi et al. 2021,
    https://arxiv.org/abs/2103.06695).

    `reference_seconds` adds a group of one crop, from all of the utterance, by
    which whoever trains may group utterances. Once it has set `partners`, each
    other crop is one of an utterance that is drawn from the group of its own.

    Arguments
    ---------
    counts : list of int
        Crops in each group, e.g. [2, 4] for two long and four short ones.
    seconds : list of float
        Length of the crops of each group.
    seed : int
        Seed of the experiment.
    sample_rate : int
        Samples per second of the files.
    disjoint : bool
        Whether the two crops of one group, counts [2], avoid each other.
    window_seconds : float, optional
        Length of the piece that all crops are from; the whole utterance when
        absent.
    reference_seconds : float, optional
        Length of one more crop; there is none when absent.

    Example
    -------
    >>> crops = RandomCrops(counts=[2, 4], seconds=[2.0, 1.0], seed=1986)
    >>> [crops.starts("utt7", 48000)[i] < 48000 for i in (0, 1)]
    [True, True]
    >>> pair = RandomCrops([2], [2.0], seed=1986, disjoint=True)
    >>> first, second = pair.starts("utt7", 80000)
    >>> first + 32000 <= second <= 48000
    True
    """

    epoch = SharedEpoch()  # also seen by workers that outlive an epoch

    def __init__(
        self,
        counts: list[Count],
        seconds: list[Positive],
        seed,
        sample_rate=16000,
        disjoint=False,
        window_seconds: Positive | None = None,
        reference_seconds: Positive | None = None,
    ):
        if len(counts) != len(seconds):
            raise ValueError(
                f"counts and seconds describe the same groups, got {counts} "
                f"and {seconds}"
            )
        if disjoint and list(counts) != [2]:
            raise ValueError(
                f"disjoint crops are two in one group, counts [2], got {counts}"
            )
        if window_seconds is not None and (
            disjoint or window_seconds < max(seconds)
        ):
            raise ValueError(
                f"a window holds crops that may overlap and are no longer than "
                f"it, got window_seconds {window_seconds} for crops of "
                f"{max(seconds)} s{' that are disjoint' if disjoint else ''}"
            )
        self.counts = list(counts)
        self.lengths = [round(s * sample_rate) for s in seconds]
        self.seed = seed
        self.epoch = 0
        self.disjoint = disjoint
        self.window = window_seconds and round(window_seconds * sample_rate)
        seconds = reference_seconds
        self.reference = seconds and round(seconds * sample_rate)
        self.partners = None  # `Partners` of all utterances

    @property
    def samples(self):
        """Samples of all crops of an utterance together."""
        own = sum(n * length for n, length in zip(self.counts, self.lengths))
        return own + (self.reference or 0)

    def starts(self, utterance, samples):
        """First sample of each crop, group after group.

        Arguments
        ---------
        utterance : str
            Its ID.
        samples : int
            Its length.

        Returns
        -------
        list of int
            Without the reference. Of disjoint crops the second may start, and both may stop, after
            the end of a short utterance: they go on at its beginning.
        """
        if self.disjoint:
            return self._around_a_pivot(utterance, samples)
        first, window = 0, samples
        if self.window is not None and self.window < samples:
            window = self.window
            first = self._draw(samples - window + 1, utterance, "window")
        lengths = np.repeat(self.lengths, self.counts)
        return [
            first
            + self._draw(max(window - length, 0) + 1, utterance, view, "crop")
            for view, length in enumerate(lengths)
        ]

    def _around_a_pivot(self, utterance, samples):
        (length,) = self.lengths
        if samples < 2 * length:
            first = self._draw(samples, utterance, "pivot")
            return [first, first + length]
        pivot = length + self._draw(
            samples - 2 * length + 1, utterance, "pivot"
        )
        before, after = pivot - length, samples - length - pivot
        return [
            self._draw(before + 1, utterance, 0, "crop"),
            pivot + self._draw(after + 1, utterance, 1, "crop"),
        ]

    def _draw(self, below, *keys):
        """A whole number in [0, below) that depends on the keys and the epoch."""
        rng = keyed_generator(self.seed, self.epoch, *keys)
        return int(rng.integers(below))

    def __call__(self, utterance, wav, start, stop):
        """Reads the crops of one manifest row.

        Arguments
        ---------
        utterance : str
            Its ID.
        wav : str
            Its file.
        start : int
            Where it begins in the file, in samples.
        stop : int
            Where it ends.

        Returns
        -------
        list of torch.Tensor
            One [count, samples] per group.
        """
        row = wav, int(start), int(stop)
        joint = self.partners is not None and self.partners.has_group(utterance)
        groups = self._joint(utterance) if joint else self._own(utterance, *row)
        if self.reference is not None:
            view = sum(self.counts)
            piece = self._piece(utterance, view, self.reference, *row)
            groups.append(torch.from_numpy(piece[None]))
        return groups

    def _joint(self, utterance):
        """Read each crop from an utterance of the group."""
        groups, view = [], 0
        for count, length in zip(self.counts, self.lengths):
            pieces = []
            for _ in range(count):
                row = self.partners.draw(utterance, self.seed, self.epoch, view)
                pieces.append(self._piece(utterance, view, length, *row))
                view += 1
            groups.append(torch.from_numpy(np.stack(pieces)))
        return groups

    def _piece(self, utterance, view, length, wav, start, stop):
        """Read one crop of a row [length], drawn for a view of an utterance."""
        room = max(stop - start - length, 0) + 1
        first = start + self._draw(room, utterance, view, "crop")
        piece = read_samples(wav, first, min(first + length, stop))
        return repeat_to(piece - piece.mean(), length)

    def _own(self, utterance, wav, start, stop):
        """Read the crops of the utterance itself."""
        samples = stop - start
        starts = self.starts(utterance, samples)
        lengths = np.repeat(self.lengths, self.counts)
        if self.disjoint and samples < sum(lengths):
            whole = read_samples(wav, start, start + samples)
            circle = [
                whole.take(np.arange(s, s + n), mode="wrap")
                for s, n in zip(starts, lengths)
            ]
            return [torch.from_numpy(np.stack([p - p.mean() for p in circle]))]
        stops = [min(s + n, samples) for s, n in zip(starts, lengths)]
        low, high = min(starts), max(stops)
        if high - low <= sum(lengths):
            # Crops overlap so much that one read of their union is cheaper
            union = read_samples(wav, start + low, start + high)
            pieces = [union[a - low : b - low] for a, b in zip(starts, stops)]
        else:
            pieces = [
                read_samples(wav, start + a, start + b)
                for a, b in zip(starts, stops)
            ]
        pieces = [repeat_to(p - p.mean(), n) for p, n in zip(pieces, lengths)]
        groups, first = [], 0
        for count in self.counts:
            group = np.stack(pieces[first : first + count])
            groups.append(torch.from_numpy(group))
            first += count
        return groups
