"""Draws the voice of a speaker, and the microphone and room of a recording."""

from dataclasses import dataclass

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
    """Holds what is the same in all utterances of a speaker.

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
        Differences that the length does not explain: factors for F1 to F4.
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
    """Describes microphone and room: gains (dB) at `CHANNEL_KNOTS_HZ`, the level
    of the background noise (dB below full scale, RMS) and its colour (0 white,
    towards 1 rumbling)."""

    gains_db: tuple
    noise_db: float
    noise_colour: float


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
