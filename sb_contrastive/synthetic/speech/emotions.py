"""Changes a voice by an emotion, differently in every utterance."""

from dataclasses import astuple, dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Emotion:
    """Describes how an emotion changes neutral speech: `pitch` in semitones,
    `level` and `tilt` in dB, the others as natural logarithms of factors."""

    pitch: float = 0.0
    range: float = 0.0
    rate: float = 0.0
    level: float = 0.0
    tilt: float = 0.0
    roughness: float = 0.0  # jitter and shimmer
    breath: float = 0.0
    pause: float = 0.0
    formants: float = 0.0  # a smile shortens the tract


# Directions as in the surveys of Scherer 2003 and Juslin & Laukka 2003; sizes
# were set so that a plain SVM is right in about two cases of three.
EMOTIONS = {
    "neu": Emotion(),
    "hap": Emotion(3.5, 0.45, 0.06, 2.5, -3.0, 0.1, -0.1, -0.2, 0.03),
    "sad": Emotion(-1.2, -0.45, -0.20, -3.5, 5.0, 0.2, 0.7, 0.5, -0.01),
    "ang": Emotion(2.0, 0.20, 0.12, 5.0, -6.5, 0.6, -0.4, -0.3, 0.0),
}
# Standard deviation from one utterance to the next, whatever the emotion.
DEVIATION = Emotion(0.9, 0.18, 0.08, 1.3, 1.7, 0.25, 0.30, 0.25, 0.008)


def act(voice, emotion, rng):
    """Draws how far one utterance departs from the speaker's habit: the effect
    of the emotion, weaker or stronger, and a deviation that any utterance has.

    Arguments
    ---------
    voice : Voice
        The speaker.
    emotion : str
        A key of `EMOTIONS`.
    rng : numpy.random.Generator
        The utterance's own randomness.

    Returns
    -------
    effect : Emotion

    Example
    -------
    >>> from sb_contrastive.synthetic.speech.voice import draw_voice, stream
    >>> rng = stream("utterance", 0, 1, 1)
    >>> bool(act(draw_voice(0, 1), "ang", rng).level > 0)
    True
    """
    strength = voice.expressiveness * rng.uniform(0.6, 1.4)
    mean = strength * np.array(astuple(EMOTIONS[emotion]))
    deviation = rng.normal(size=len(fields(Emotion))) * astuple(DEVIATION)
    return Emotion(*(mean + np.clip(deviation, -3, 3)))
