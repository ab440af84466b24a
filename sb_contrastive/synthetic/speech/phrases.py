"""Invents syllables and intonation, as tracks of control values that the
source-filter synthesiser follows."""

from dataclasses import dataclass, replace

import numpy as np

from sb_contrastive.synthetic.speech.sounds import (
    CODAS,
    CONSONANTS,
    SILENCE,
    VOWELS,
    Part,
)

FRAME_RATE = 200  # control values per second
NEUTRAL_TRACT_CM = 17.0  # the tract that the formant tables below belong to


@dataclass
class Tracks:
    """Holds control values, 200 per second; T frames.

    Arguments
    ---------
    text : str
        The syllables spoken.
    f0_hz : numpy.ndarray
        Fundamental frequency [T].
    formants_hz : numpy.ndarray
        F1 to F4 [T, 4].
    voicing, aspiration, frication : numpy.ndarray
        Amplitudes [T].
    centre_hz, width_hz : numpy.ndarray
        Shape of the frication [T].
    """

    text: str
    f0_hz: np.ndarray
    formants_hz: np.ndarray
    voicing: np.ndarray
    aspiration: np.ndarray
    frication: np.ndarray
    centre_hz: np.ndarray
    width_hz: np.ndarray


def compose(voice, effect, seconds, rng, hesitation=0.0):
    """Invents an utterance: phrases of syllables that fill the given time.

    Arguments
    ---------
    voice : Voice
        The speaker.
    effect : Emotion
        Departure of this utterance from the speaker's habit.
    seconds : float
        Length of the utterance, with its silent margins.
    rng : numpy.random.Generator
        The utterance's own randomness.
    hesitation : float
        Probability of a drawn-out "uh" after a phrase.

    Returns
    -------
    tracks : Tracks

    Example
    -------
    >>> from sb_contrastive.synthetic.speech.emotions import Emotion
    >>> from sb_contrastive.synthetic.speech.voice import draw_voice, stream
    >>> rng = stream("utterance", 0, 1, 1)
    >>> tracks = compose(draw_voice(0, 1), Emotion(), 2.0, rng)
    >>> tracks.formants_hz.shape
    (400, 4)
    """
    tempo = 1 / (voice.rate * np.exp(effect.rate))
    margin = rng.uniform(0.08, 0.2)
    frames = round(seconds * FRAME_RATE)
    parts, pitch, words = [Part(margin, SILENCE)], [0.0], []
    free = seconds - 2 * margin
    while free > 0.2:
        phrase, free = _phrase(free, tempo, rng)
        for position, (text, syllable) in enumerate(phrase):
            words.append(text)
            height = _intonation(position, len(phrase), rng)
            parts += syllable
            pitch += [height] * len(syllable)
        pause = rng.uniform(0.12, 0.35) * tempo * np.exp(effect.pause)
        parts.append(Part(pause, SILENCE))
        pitch.append(pitch[-1])
        free -= pause
        # No draw without hesitation: other corpora keep their bytes
        if hesitation and rng.random() < hesitation:
            filler = rng.uniform(0.3, 0.7) * tempo
            parts += [Part(filler, VOWELS["uh"], 0.7), Part(pause, SILENCE)]
            pitch += [-0.5, -0.5]
            words.append("uh")
            free -= filler + pause
    return _tracks(parts, pitch, words, voice, effect, frames, rng)


def _phrase(free, tempo, rng):
    """Draws up to eight syllables that fit; the last is drawn out."""
    syllables = []
    for _ in range(rng.integers(3, 9)):
        text, parts = _syllable(tempo, rng)
        length = sum(part.seconds for part in parts)
        if syllables and length * 1.5 > free:
            free = 0.0
            break
        syllables.append((text, parts))
        free -= length
    text, last = syllables[-1]
    longer = [replace(p, seconds=p.seconds * 1.5) for p in last]
    free -= sum(part.seconds for part in last) * 0.5
    return [*syllables[:-1], (text, longer)], free


def _syllable(tempo, rng):
    """Draws a syllable: its text, and its parts."""
    onset = rng.choice(list(CONSONANTS))
    vowel = rng.choice(list(VOWELS))
    coda = rng.choice(CODAS)
    stress = rng.uniform(0.65, 1.0)  # of length and of loudness
    length = 0.15 * stress * rng.uniform(0.85, 1.15)
    targets = VOWELS[vowel]
    glide = targets if isinstance(targets[0], tuple) else (targets,)
    nucleus = [Part(length / len(glide), t, stress) for t in glide]
    parts = [*CONSONANTS[onset], *nucleus, *CONSONANTS[coda]]
    parts = [replace(p, seconds=p.seconds * tempo) for p in parts]
    return onset + vowel + coda, parts


def _intonation(position, count, rng):
    """Draws the pitch of a syllable, in units of the voice's range: it falls
    through the phrase, with accents, and sometimes rises at the end, as in a
    question."""
    height = 0.6 - 1.2 * position / max(count - 1, 1)
    if rng.random() < 0.4:
        height += rng.uniform(0.5, 1.3)
    if position == count - 1:
        height += 1.5 if rng.random() < 0.12 else -0.4
    return height


def _tracks(parts, pitch, words, voice, effect, frames, rng):
    """Makes tracks of the parts, scaled to the voice."""
    ends = np.cumsum([part.seconds for part in parts]) * FRAME_RATE
    index = np.searchsorted(ends, np.arange(frames), side="right")
    index = np.minimum(index, len(parts) - 1)  # the last part is silent

    def track(values, width):
        return _smooth(np.array(values, dtype=float)[index], width)

    scale = NEUTRAL_TRACT_CM / voice.tract_cm * np.exp(effect.formants)
    semitones = track(pitch, 24) * voice.range_st * np.exp(effect.range)
    drift = _smooth(rng.normal(0, 1.2, frames), 40)
    semitones += effect.pitch + drift
    return Tracks(
        text=" ".join(words),
        f0_hz=voice.f0_hz * 2 ** (np.clip(semitones, -10, 14) / 12),
        formants_hz=track([p.formants for p in parts], 14)
        * scale
        * np.array(voice.formant_shift),
        voicing=track([p.voicing for p in parts], 7),
        aspiration=track([p.aspiration for p in parts], 5),
        frication=track([p.frication for p in parts], 3),
        # front cavities are short: they scale less than the whole tract
        centre_hz=np.array([p.centre for p in parts])[index] * scale**0.5,
        width_hz=np.array([p.width for p in parts])[index],
    )


def _smooth(values, width):
    """Moves over `width` frames from one target to the next; values are [T] or [T, N]."""
    kernel = np.hanning(width + 2)[1:-1]
    kernel /= kernel.sum()
    padded = np.concatenate(
        [values[:1].repeat(width, 0), values, values[-1:].repeat(width, 0)]
    )
    columns = padded.reshape(len(padded), -1).T
    moved = np.stack([np.convolve(c, kernel, "same") for c in columns], axis=-1)
    return moved[width : width + len(values)].reshape(values.shape)
