"""Who speaks, in which mood, over which microphone: the random draws behind
every synthetic utterance."""

from dataclasses import astuple, dataclass, fields

import numpy as np

# SeedSequence pads its entropy with zeros, so [seed, 3] and [seed, 3, 0] are
# one stream: each kind of draw therefore carries a tag that is never zero.
STREAMS = {"voice": 1, "channel": 2, "utterance": 3, "layout": 4}
CHANNEL_KNOTS_HZ = (80.0, 250.0, 700.0, 1800.0, 4000.0, 7500.0)


def stream(kind, seed, *numbers):
    """Returns the random generator of one voice, channel or utterance.

    Arguments
    ---------
    kind : str
        A key of `STREAMS`.
    seed : int
        Seed of the corpus.
    *numbers : int
        What is drawn, e.g. speaker and utterance number.

    Returns
    -------
    generator : numpy.random.Generator

    Example
    -------
    >>> a, b = stream("voice", 0, 7), stream("voice", 0, 7)
    >>> bool(a.random() == b.random())
    True
    """
    return np.random.default_rng([seed, STREAMS[kind], *numbers])


@dataclass(frozen=True)
class Voice:
    """What stays the same whenever a speaker opens their mouth.

    Arguments
    ---------
    sex : str
        "F" or "M".
    f0_hz : float
        Habitual fundamental frequency.
    range_st : float
        Height of a pitch accent, in semitones.
    tract_cm : float
        Length of the vocal tract; formants scale with its inverse.
    formant_shift : tuple of float
        What is this speaker's own beyond length: factors for F1 to F4.
    tilt_db : float
        Loss of the glottal source at 3 kHz (Klatt & Klatt 1990, "TL").
    jitter : float
        Deviation of a period's length, as a fraction of the period.
    shimmer_db : float
        Deviation of a period's amplitude.
    breathiness : float
        Amplitude of aspiration beside that of voicing.
    rate : float
        Tempo; 1 is about four and a half syllables per second.
    level_db : float
        Habitual loudness over active speech, dB below full scale (RMS).
    expressiveness : float
        How far an emotion moves this speaker; 1 is the average.
    """

    sex: str
    f0_hz: float
    range_st: float
    tract_cm: float
    formant_shift: tuple
    tilt_db: float
    jitter: float
    shimmer_db: float
    breathiness: float
    rate: float
    level_db: float
    expressiveness: float


@dataclass(frozen=True)
class Channel:
    """Microphone and room: gains (dB) at `CHANNEL_KNOTS_HZ`, the level of the
    background noise (dB below full scale, RMS) and its colour (0 white, towards
    1 rumbling)."""

    gains_db: tuple
    noise_db: float
    noise_colour: float


@dataclass(frozen=True)
class Emotion:
    """Average effect of an emotion on neutral speech; `pitch` in semitones,
    `level` and `tilt` in dB, the others natural logarithms of factors."""

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
SPREAD = Emotion(0.9, 0.18, 0.08, 1.3, 1.7, 0.25, 0.30, 0.25, 0.008)


def draw_voice(seed, speaker, sex=None):
    """Draws a speaker; the same numbers always give the same voice.

    Arguments
    ---------
    seed : int
        Seed of the corpus.
    speaker : int
        Number of the speaker.
    sex : str
        "F" or "M"; by default odd numbers are female.

    Returns
    -------
    voice : Voice

    Example
    -------
    >>> draw_voice(0, 1).sex, draw_voice(0, 2).sex
    ('F', 'M')
    """
    rng = stream("voice", seed, speaker)
    sex = sex or "MF"[speaker % 2]
    f0_hz, tract_cm = (205.0, 14.8) if sex == "F" else (118.0, 17.2)
    return Voice(
        sex=sex,
        f0_hz=f0_hz * 2 ** (np.clip(rng.normal(0, 2.2), -5, 5) / 12),
        range_st=2.6 * np.exp(rng.normal(0, 0.2)),
        tract_cm=tract_cm * np.exp(np.clip(rng.normal(0, 0.045), -0.1, 0.1)),
        formant_shift=tuple(np.exp(rng.normal(0, 0.065, 4))),
        tilt_db=12.0 + np.clip(rng.normal(0, 3.0), -6, 6),
        jitter=0.006 * np.exp(rng.normal(0, 0.35)),
        shimmer_db=0.5 * np.exp(rng.normal(0, 0.35)),
        breathiness=0.05 * np.exp(rng.normal(0, 0.5)),
        rate=np.exp(rng.normal(0, 0.09)),
        level_db=-29.0 + np.clip(rng.normal(0, 1.5), -3, 3),
        expressiveness=rng.uniform(0.75, 1.25),
    )


def draw_channel(seed, number):
    """Draws the microphone and room of a session or video.

    Arguments
    ---------
    seed : int
        Seed of the corpus.
    number : int
        Number of the session or video.

    Returns
    -------
    channel : Channel

    Example
    -------
    >>> len(draw_channel(0, 1).gains_db) == len(CHANNEL_KNOTS_HZ)
    True
    """
    rng = stream("channel", seed, number)
    return Channel(
        gains_db=tuple(rng.normal(0, 1.2, len(CHANNEL_KNOTS_HZ))),
        noise_db=rng.uniform(-68.0, -58.0),
        noise_colour=rng.uniform(0.4, 0.95),
    )


def act(voice, emotion, rng):
    """Returns how far one utterance departs from the speaker's habit: the
    emotion's effect, weaker or stronger, and the spread of any utterance.

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
    >>> rng = stream("utterance", 0, 1, 1)
    >>> bool(act(draw_voice(0, 1), "ang", rng).level > 0)
    True
    """
    strength = voice.expressiveness * rng.uniform(0.6, 1.4)
    mean = strength * np.array(astuple(EMOTIONS[emotion]))
    spread = rng.normal(size=len(fields(Emotion))) * astuple(SPREAD)
    return Emotion(*(mean + np.clip(spread, -3, 3)))
