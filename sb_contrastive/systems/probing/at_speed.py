"""Vectors of utterances that are played faster or slower."""

import torch
from torchaudio.functional import resample

from sb_contrastive.encoders.sample_rate import SAMPLE_RATE


class AtSpeed:
    """A source of vectors that hears each utterance at another speed.

    Pitch and formants move with the speed, so that a speaker sounds like another
    one (Ko et al. 2015, "Audio augmentation for speech recognition").

    Arguments
    ---------
    source : object
        A source of vectors, see `VectorCache`.
    speed : float
        At 1.1 an utterance is as much shorter, and higher.

    Example
    -------
    >>> import numpy as np
    >>> class Length:
    ...     dim = 1
    ...     def identity(self):
    ...         return {"kind": "length"}
    ...     def vector(self, wav):
    ...         return [len(wav)]
    >>> faster = AtSpeed(Length(), 1.25)
    >>> faster.vector(np.zeros(16000, dtype="float32"))
    [12800]
    >>> faster.identity()
    {'kind': 'length', 'speed': 1.25}
    """

    def __init__(self, source, speed):
        self.source, self.speed, self.dim = source, speed, source.dim

    def identity(self):
        """Return what the vectors depend on."""
        return {**self.source.identity(), "speed": self.speed}

    def vector(self, wav):
        """Describe samples [S] at this speed as [D]."""
        heard = resample(
            torch.from_numpy(wav), round(SAMPLE_RATE * self.speed), SAMPLE_RATE
        )
        return self.source.vector(heard.numpy())
