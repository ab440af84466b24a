"""What is said: syllables and intonation, as tracks of control values that the
source-filter synthesiser follows."""

from dataclasses import dataclass, replace

import numpy as np

FRAME_RATE = 200  # control values per second
NEUTRAL_TRACT_CM = 17.0  # the tract that the formant tables below belong to

# Average formants F1-F4 of men, rounded (Hillenbrand et al. 1995), Hz.
VOWELS = {
    "ee": (340, 2320, 3000, 3650),
    "i": (430, 2030, 2680, 3600),
    "e": (580, 1800, 2600, 3550),
    "ae": (590, 1950, 2600, 3620),
    "a": (770, 1330, 2520, 3550),
    "aw": (650, 1000, 2540, 3480),
    "o": (500, 910, 2460, 3380),
    "u": (380, 1000, 2340, 3360),
    "uh": (620, 1200, 2550, 3560),
    "er": (470, 1380, 1710, 3330),
    "ai": ((760, 1300, 2500, 3550), (430, 2050, 2700, 3600)),
    "au": ((740, 1300, 2500, 3550), (450, 1000, 2400, 3400)),
}


@dataclass(frozen=True)
class Part:
    """A stretch of steady articulation: seconds, formant targets (Hz),
    amplitudes of voicing, aspiration and frication beside an average vowel's,
    and centre and width (Hz) of the frication's spectrum."""

    seconds: float
    formants: tuple
    voicing: float = 0.0
    aspiration: float = 0.0
    frication: float = 0.0
    centre: float = 4000.0
    width: float = 2000.0


LIPS, TONGUE, PALATE = (
    (260, 900, 2300, 3400),
    (260, 1750, 2650, 3600),
    (260, 2050, 2350, 3500),
)
CONSONANTS = {
    "": (),
    "m": (Part(0.065, (280, 1050, 2200, 3300), 0.35),),
    "n": (Part(0.06, (280, 1500, 2500, 3400), 0.35),),
    "l": (Part(0.055, (360, 1150, 2750, 3600), 0.5),),
    "w": (Part(0.06, (320, 700, 2200, 3300), 0.5),),
    "y": (Part(0.055, (290, 2200, 3000, 3700), 0.5),),
    "r": (Part(0.06, (340, 1150, 1600, 3200), 0.5),),
    "h": (Part(0.06, (500, 1500, 2500, 3500), 0.05, 0.2),),
    "f": (Part(0.08, LIPS, 0, 0, 0.06, 5500, 3500),),
    "s": (Part(0.085, TONGUE, 0, 0, 0.22, 6000, 1100),),
    "sh": (Part(0.085, PALATE, 0, 0, 0.28, 3300, 1000),),
    "v": (Part(0.06, LIPS, 0.3, 0, 0.03, 5500, 3500),),
    "z": (Part(0.07, TONGUE, 0.25, 0, 0.12, 6000, 1100),),
    "p": (
        Part(0.065, LIPS),
        Part(0.01, LIPS, 0, 0, 0.2, 900, 900),
        Part(0.03, LIPS, 0, 0.12),
    ),
    "t": (
        Part(0.055, TONGUE),
        Part(0.015, TONGUE, 0, 0, 0.3, 4800, 1600),
        Part(0.03, TONGUE, 0, 0.12),
    ),
    "k": (
        Part(0.055, PALATE),
        Part(0.015, PALATE, 0, 0, 0.3, 2100, 700),
        Part(0.035, PALATE, 0, 0.12),
    ),
    "b": (Part(0.055, LIPS, 0.1), Part(0.008, LIPS, 0.1, 0, 0.2, 900, 900)),
    "d": (
        Part(0.045, TONGUE, 0.1),
        Part(0.008, TONGUE, 0.1, 0, 0.25, 4500, 1600),
    ),
    "g": (
        Part(0.05, PALATE, 0.1),
        Part(0.012, PALATE, 0.1, 0, 0.25, 2100, 700),
    ),
}
CODAS = ("", "", "", "n", "m", "l", "s", "t", "r")
SILENCE = (500, 1500, 2500, 3500)


@dataclass
class Tracks:
    """Control values, 200 per second; T frames.

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
    >>> from sb_contrastive.synthetic.voice import Emotion, draw_voice, stream
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
    """Pitch of a syllable, in units of the voice's range: falls through the
    phrase, with accents, and now and then rises at the end as if to ask."""
    height = 0.6 - 1.2 * position / max(count - 1, 1)
    if rng.random() < 0.4:
        height += rng.uniform(0.5, 1.3)
    if position == count - 1:
        height += 1.5 if rng.random() < 0.12 else -0.4
    return height


def _tracks(parts, pitch, words, voice, effect, frames, rng):
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
    """Moves over `width` frames from one target to the next: [T] or [T, N]."""
    kernel = np.hanning(width + 2)[1:-1]
    kernel /= kernel.sum()
    padded = np.concatenate(
        [values[:1].repeat(width, 0), values, values[-1:].repeat(width, 0)]
    )
    columns = padded.reshape(len(padded), -1).T
    moved = np.stack([np.convolve(c, kernel, "same") for c in columns], axis=-1)
    return moved[width : width + len(values)].reshape(values.shape)
