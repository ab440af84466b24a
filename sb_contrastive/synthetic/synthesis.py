"""Source-filter speech synthesis: turns a voice, an emotion and a few random
numbers into a waveform, about a hundred times faster than it is heard."""

import numpy as np
from scipy.signal import lfilter

from sb_contrastive.synthetic.phrases import FRAME_RATE, compose
from sb_contrastive.synthetic.voice import CHANNEL_KNOTS_HZ, act, stream

SAMPLE_RATE = 16000
HOP = SAMPLE_RATE // FRAME_RATE
# 32 ms: the ringing of a 60 Hz wide formant has by then decayed to 0.2 %
RESPONSE = 512
LEAD = 48  # samples kept free for what a zero-phase gain curve rings ahead
# single precision throughout: twice as fast, and 16-bit files hide the rest
BINS_HZ = np.fft.rfftfreq(RESPONSE, 1 / SAMPLE_RATE).astype(np.float32)
BANDWIDTHS_HZ = np.array([70.0, 90.0, 130.0, 200.0])
LOUDEST_PEAK = 0.97


def synthesise(voice, emotion, seconds, seed, speaker, utterance, channel):
    """Speaks one utterance; the same arguments give the same samples.

    Arguments
    ---------
    voice : Voice
        The speaker.
    emotion : str
        A key of `EMOTIONS`: "neu", "hap", "sad" or "ang".
    seconds : float
        Length, with silent margins.
    seed, speaker, utterance : int
        The numbers that the utterance's randomness is made of.
    channel : Channel
        Microphone and room.

    Returns
    -------
    samples : numpy.ndarray
        Waveform [S], float32 in [-1, 1], 16 kHz.
    text : str
        The syllables spoken.

    Example
    -------
    >>> from sb_contrastive.synthetic.voice import draw_channel, draw_voice
    >>> voice, channel = draw_voice(0, 1), draw_channel(0, 1)
    >>> samples, text = synthesise(voice, "sad", 1.0, 0, 1, 1, channel)
    >>> samples.shape
    (16000,)
    """
    rng = stream("utterance", seed, speaker, utterance)
    effect = act(voice, emotion, rng)
    tracks = compose(voice, effect, seconds, rng)
    speech = render(tracks, voice, effect, channel, rng)
    level_db = voice.level_db + effect.level
    speech *= 10 ** (level_db / 20)
    samples = speech + background(len(speech), channel, rng)
    samples *= min(1.0, LOUDEST_PEAK / np.abs(samples).max())
    return samples.astype(np.float32), tracks.text


def render(tracks, voice, effect, channel, rng):
    """Turns control tracks into sound: each glottal pulse, and each stretch of
    noise, adds the response of the vocal tract at that moment.

    Arguments
    ---------
    tracks : Tracks
        Control values [T].
    voice : Voice
        The speaker.
    effect : Emotion
        Departure of this utterance from the speaker's habit.
    channel : Channel
        Its gain curve colours the sound; its noise is not added here.
    rng : numpy.random.Generator
        Jitter, shimmer and noise.

    Returns
    -------
    samples : numpy.ndarray
        Waveform [T * HOP]; its voiced stretches have level 1 (RMS).
    """
    tract = vocal_tract(tracks.formants_hz, voice)  # [T, F]
    tract *= _gain_curve(channel) * _delay(np.full(1, LEAD))
    frames = len(tract)
    samples = np.zeros(frames * HOP + RESPONSE + LEAD)

    times, gains = _pulses(tracks, voice, effect, rng)  # [P], [P]
    moment = np.minimum(times // HOP, frames - 1).astype(int)
    start = np.floor(times).astype(int)
    pulses = tract[moment] * _glottis(tracks.f0_hz[moment], voice, effect)
    pulses *= _delay(times - start)  # [P, F]
    pulses *= gains[:, None].astype(np.float32)
    _overlap_add(samples, pulses, start)
    # from here on 1 is the level of the voiced stretches
    samples /= _voiced_rms(samples[LEAD : LEAD + frames * HOP], tracks)

    breath = voice.breathiness * np.exp(effect.breath) * tracks.voicing
    leak = tract * (BINS_HZ / (BINS_HZ + 500))
    centre, width = tracks.centre_hz[:, None], tracks.width_hz[:, None]
    spread = ((BINS_HZ - centre) / width).astype(np.float32)
    hiss = np.exp(-0.5 * spread**2)
    noise = _scaled(leak, breath + tracks.aspiration)
    noise += _scaled(hiss, tracks.frication)
    _overlap_add(
        samples, noise * _noise_frames(frames, rng), np.arange(frames) * HOP
    )
    return samples[LEAD : LEAD + frames * HOP]


def vocal_tract(formants_hz, voice):
    """Frequency response of a cascade of resonators (Klatt 1980): F1 to F4 as
    given, F5 to F7 where the tract's length puts them.

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
    >>> from sb_contrastive.synthetic.voice import draw_voice
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
    """Two-pole resonator with gain 1 at 0 Hz: [T, 1] -> [T, F]."""
    z = np.exp(-2j * np.pi * BINS_HZ / SAMPLE_RATE).astype(np.complex64)
    radius = np.exp(-np.pi * bandwidth_hz / SAMPLE_RATE)
    b = np.float32(2 * radius * np.cos(2 * np.pi * hz / SAMPLE_RATE))
    c = np.float32(radius**2)
    return (1 - b + c) / (1 - b * z + c * z * z)


def _glottis(f0_hz, voice, effect):
    """Spectrum of one pulse of the glottal flow's derivative: a broad peak
    near F0 (Doval et al. 2006), -6 dB per octave above, and the tilt: [P, F]."""
    peak = 1.2 * f0_hz[:, None].astype(np.float32)
    swing = np.complex64(1j) * BINS_HZ * peak
    pulse = swing / (peak**2 - BINS_HZ**2 + swing)
    tilt_db = np.clip(voice.tilt_db + effect.tilt, 1.0, 30.0)
    corner = 3000.0 / np.sqrt(10 ** (tilt_db / 10) - 1)
    return pulse / (1 + 1j * BINS_HZ / corner).astype(np.complex64)


def _pulses(tracks, voice, effect, rng):
    """Times (in samples) and amplitudes of the glottal closures: [P], [P]."""
    frames = np.arange(len(tracks.f0_hz)) * HOP
    time = np.arange(len(frames) * HOP)
    cycles = np.cumsum(np.interp(time, frames, tracks.f0_hz)) / SAMPLE_RATE
    times = np.interp(np.arange(1, int(cycles[-1])), cycles, time)
    moment = np.minimum(times // HOP, len(frames) - 1).astype(int)
    rough = np.exp(effect.roughness)
    period = SAMPLE_RATE / tracks.f0_hz[moment]
    # the bound keeps pulses in order however rough the voice
    jitter = np.clip(rng.normal(0, voice.jitter * rough, len(times)), -0.4, 0.4)
    shimmer = rng.normal(0, voice.shimmer_db * rough, len(times))
    times = np.clip(times + jitter * period, 0, time[-1])
    gains = tracks.voicing[moment] * 10 ** (shimmer / 20)
    heard = tracks.voicing[moment] > 1e-3
    return times[heard], gains[heard]


def _delay(samples):
    """Phase of a delay by a fraction of a sample: [P] -> [P, F]."""
    angle = -2 * np.pi * BINS_HZ / SAMPLE_RATE * samples[:, None]
    return np.exp(np.complex64(1j) * angle.astype(np.float32))


def _gain_curve(channel):
    """Gains of the channel [F], smooth over log frequency."""
    octave = np.log2(np.maximum(BINS_HZ, 40.0))
    gains = np.interp(octave, np.log2(CHANNEL_KNOTS_HZ), channel.gains_db)
    return 10 ** (gains / 20).astype(np.float32)


def _noise_frames(frames, rng):
    """Spectra of overlapping stretches of white noise: [T, F]."""
    window = (
        np.hanning(4 * HOP + 1)[:-1].astype(np.float32) / 2
    )  # four overlap: they sum to 1
    noise = rng.normal(size=(frames + 4) * HOP).astype(np.float32)
    stretches = np.lib.stride_tricks.sliding_window_view(noise, 4 * HOP)
    return np.fft.rfft(stretches[::HOP][:frames] * window, RESPONSE)


def _overlap_add(samples, spectra, starts):
    """Adds the inverse transforms of spectra [N, F] to samples at starts."""
    for start, response in zip(starts, np.fft.irfft(spectra, RESPONSE)):
        samples[start : start + RESPONSE] += response


def _voiced_rms(speech, tracks):
    voiced = np.repeat(tracks.voicing > 0.1, HOP)
    return np.sqrt(np.mean(speech[voiced] ** 2))


def _scaled(spectra, levels):
    """Scales rows [T, F] to give white noise of level 1 the levels [T]."""
    power = np.mean(np.abs(spectra) ** 2, axis=-1)
    return spectra * (levels / np.sqrt(power))[:, None].astype(np.float32)


def background(length, channel, rng):
    """Steady coloured noise at the channel's level.

    Arguments
    ---------
    length : int
        Samples.
    channel : Channel
        Its noise.
    rng : numpy.random.Generator
        Where it is drawn from.

    Returns
    -------
    samples : numpy.ndarray
        [length].
    """
    noise = lfilter(
        [1.0], [1.0, -channel.noise_colour], rng.normal(size=length)
    )
    return noise * 10 ** (channel.noise_db / 20) / noise.std()
