"""Computes the spectra of the glottis, the vocal tract and the channel."""

import numpy as np

from sb_contrastive.synthetic.speech.voice import CHANNEL_KNOTS_HZ

SAMPLE_RATE = 16000
# 32 ms: the ringing of a 60 Hz wide formant has by then decayed to 0.2 %
RESPONSE = 512
# single precision throughout: twice as fast, and 16-bit files hide the rest
BINS_HZ = np.fft.rfftfreq(RESPONSE, 1 / SAMPLE_RATE).astype(np.float32)
BANDWIDTHS_HZ = np.array([70.0, 90.0, 130.0, 200.0])


def vocal_tract(formants_hz, voice):
    """Computes the frequency response of a cascade of resonators (Klatt 1980): F1
    to F4 as given, F5 to F7 as the length of the tract demands.

    Arguments
    ---------
    formants_hz : numpy.ndarray
        F1 to F4 [T, 4].
    voice : Voice
        The speaker.

    Returns
    -------
    response : numpy.ndarray
        Complex gains [T, F] at `BINS_HZ`.

    Example
    -------
    >>> from sb_contrastive.synthetic.speech.voice import draw_voice
    >>> import numpy as np
    >>> vowel = np.array([[500.0, 1500.0, 2500.0, 3500.0]])
    >>> gains = np.abs(vocal_tract(vowel, draw_voice(0, 2)))[0]
    >>> float(BINS_HZ[gains.argmax()])
    500.0
    """
    higher = np.array([4500.0, 5500.0, 6500.0]) * 17.0 / voice.tract_cm
    response = _resonator(formants_hz[:, :1], BANDWIDTHS_HZ[0])
    for k in range(1, 4):
        response *= _resonator(formants_hz[:, k : k + 1], BANDWIDTHS_HZ[k])
    for formant in higher:
        response *= _resonator(np.full((1, 1), formant), 300.0)
    return response


def _resonator(hz, bandwidth_hz):
    """Computes the response of a two-pole resonator with gain 1 at 0 Hz: [T, 1] -> [T, F]."""
    z = np.exp(-2j * np.pi * BINS_HZ / SAMPLE_RATE).astype(np.complex64)
    radius = np.exp(-np.pi * bandwidth_hz / SAMPLE_RATE)
    b = np.float32(2 * radius * np.cos(2 * np.pi * hz / SAMPLE_RATE))
    c = np.float32(radius**2)
    return (1 - b + c) / (1 - b * z + c * z * z)


def glottis(f0_hz, voice, effect):
    """Computes the spectrum [P, F] of pulses of the glottal flow's derivative: a
    broad peak near F0 (Doval et al. 2006), -6 dB per octave above, and the
    tilt of the voice."""
    peak = 1.2 * f0_hz[:, None].astype(np.float32)
    swing = np.complex64(1j) * BINS_HZ * peak
    pulse = swing / (peak**2 - BINS_HZ**2 + swing)
    tilt_db = np.clip(voice.tilt_db + effect.tilt, 1.0, 30.0)
    corner = 3000.0 / np.sqrt(10 ** (tilt_db / 10) - 1)
    return pulse / (1 + 1j * BINS_HZ / corner).astype(np.complex64)


def delay(samples):
    """Computes the phase of a delay by a fraction of a sample: [P] -> [P, F]."""
    angle = -2 * np.pi * BINS_HZ / SAMPLE_RATE * samples[:, None]
    return np.exp(np.complex64(1j) * angle.astype(np.float32))


def gain_curve(channel):
    """Computes the gains of the channel [F], smooth over log frequency."""
    octave = np.log2(np.maximum(BINS_HZ, 40.0))
    gains = np.interp(octave, np.log2(CHANNEL_KNOTS_HZ), channel.gains_db)
    return 10 ** (gains / 20).astype(np.float32)
