"""Vectors of utterances by statistics of MFCCs: the cheapest description of all."""

import torch
from speechbrain.lobes.features import MFCC


def mfcc_vectors(experiment, start, first, /, means: bool = True):
    """Describe utterances by statistics of their MFCCs, which nothing has trained.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    start, first
        Nothing is loaded.
    means : bool
        Whether the means are among the statistics: they hold the channel, which
        networks that normalise their features do not see.

    Returns
    -------
    MFCCVectors
    """
    return MFCCVectors(means)


class MFCCVectors:
    """Gives mean and standard deviation of 24 MFCCs and the standard deviation of
    their differences from frame to frame, over the louder half of the frames.

    Arguments
    ---------
    means : bool
        See `mfcc_vectors`.

    Example
    -------
    >>> vector = MFCCVectors().vector(torch.randn(16000).numpy())
    >>> vector.shape
    (72,)
    """

    def __init__(self, means=True):
        self.mfcc = MFCC(n_mfcc=24, n_mels=40, deltas=False, context=False)
        self.means = means
        self.dim = 72 if means else 48

    def identity(self):
        """Return what the vectors depend on."""
        return {"kind": "mfcc", "means": self.means}

    def vector(self, wav):
        """Describe samples [S] at 16 kHz by [D]; how loud all of them are changes
        nothing."""
        audio = torch.as_tensor(wav, dtype=torch.float32)[None]
        frames = self.mfcc(audio / audio.abs().max().clamp(min=1e-8))[0]
        deltas = torch.diff(frames, dim=0, prepend=frames[:1])
        # The first MFCC follows the energy
        loud = frames[:, 0] >= frames[:, 0].median()
        frames, deltas = frames[loud], deltas[loud]
        spread = (part.std(dim=0, correction=0) for part in (frames, deltas))
        parts = frames.mean(dim=0), *spread
        return torch.cat(parts if self.means else parts[1:]).numpy()
