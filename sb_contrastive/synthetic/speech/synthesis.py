"""Turns a voice, an emotion and a few random numbers into a waveform, about a
hundred times faster than the speech lasts."""

import numpy as np
from scipy.signal import lfilter

from sb_contrastive.synthetic.speech.emotions import act
from sb_contrastive.synthetic.speech.phrases import FRAME_RATE, compose
from sb_contrastive.synthetic.speech.vocal_tract import (
    BINS_HZ,
    RESPONSE,
    SAMPLE_RATE,
    delay,
    gain_curve,
    glottis,
    vocal_tract,
)
from sb_contrastive.synthetic.speech.voice import stream

HOP = SAMPLE_RATE // FRAME_RATE
LEAD = 48  # samples kept free for what a zero-phase gain curve rings ahead
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
    >>> from sb_contrastive.synthetic.speech.voice import draw_channel, draw_voice
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
    tract *= gain_curve(channel) * delay(np.full(1, LEAD))
    frames = len(tract)
    samples = np.zeros(frames * HOP + RESPONSE + LEAD)

    times, gains = _pulses(tracks, voice, effect, rng)  # [P], [P]
    moment = np.minimum(times // HOP, frames - 1).astype(int)
    start = np.floor(times).astype(int)
    pulses = tract[moment] * glottis(tracks.f0_hz[moment], voice, effect)
    pulses *= delay(times - start)  # [P, F]
    pulses *= gains[:, None].astype(np.float32)
    _overlap_add(samples, pulses, start)
    # from here on 1 is the level of the voiced stretches
    samples /= _voiced_rms(samples[LEAD : LEAD + frames * HOP], tracks)

    breath = voice.breathiness * np.exp(effect.breath) * tracks.voicing
    leak = tract * (BINS_HZ / (BINS_HZ + 500))
    centre, width = tracks.centre_hz[:, None], tracks.width_hz[:, None]
    distance = ((BINS_HZ - centre) / width).astype(np.float32)
    hiss = np.exp(-0.5 * distance**2)
    noise = _scaled(leak, breath + tracks.aspiration)
    noise += _scaled(hiss, tracks.frication)
    _overlap_add(
        samples, noise * _noise_frames(frames, rng), np.arange(frames) * HOP
    )
    return samples[LEAD : LEAD + frames * HOP]


def _pulses(tracks, voice, effect, rng):
    """Draws times (in samples) and amplitudes of the glottal closures: [P], [P]."""
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
    voiced = tracks.voicing[moment] > 1e-3
    return times[voiced], gains[voiced]


def _noise_frames(frames, rng):
    """Draws spectra of overlapping stretches of white noise: [T, F]."""
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
    """Measures the level of the voiced stretches."""
    voiced = np.repeat(tracks.voicing > 0.1, HOP)
    return np.sqrt(np.mean(speech[voiced] ** 2))


def _scaled(spectra, levels):
    """Scales rows [T, F] to give white noise of level 1 the levels [T]."""
    power = np.mean(np.abs(spectra) ** 2, axis=-1)
    return spectra * (levels / np.sqrt(power))[:, None].astype(np.float32)


def background(length, channel, rng):
    """Draws steady coloured noise at the level of the channel.

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
