"""Random crops of an utterance, read from disk without reading the rest of it."""

import numpy as np
import torch

from sb_contrastive.data.audio_reading import read_samples
from sb_contrastive.data.randomness import keyed_generator


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

    Example
    -------
    >>> crops = RandomCrops(counts=[2, 4], seconds=[2.0, 1.0], seed=1986)
    >>> [crops.starts("utt7", 48000)[i] < 48000 for i in (0, 1)]
    [True, True]
    """

    def __init__(self, counts, seconds, seed, sample_rate=16000):
        if len(counts) != len(seconds):
            raise ValueError(
                f"counts and seconds describe the same groups, got {counts} "
                f"and {seconds}"
            )
        self.counts = list(counts)
        self.lengths = [round(s * sample_rate) for s in seconds]
        self.seed = seed
        self.epoch = 0

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
        """
        lengths = np.repeat(self.lengths, self.counts)
        return [
            int(
                keyed_generator(
                    self.seed, self.epoch, utterance, view, "crop"
                ).integers(max(samples - length, 0) + 1)
            )
            for view, length in enumerate(lengths)
        ]

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
        start, samples = int(start), int(stop) - int(start)
        starts = self.starts(utterance, samples)
        lengths = np.repeat(self.lengths, self.counts)
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
