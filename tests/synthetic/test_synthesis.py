"""The synthesiser says what it was asked to: pitch, formants, emotions."""

from dataclasses import replace

import numpy as np
import pytest

from sb_contrastive.synthetic import (
    EMOTIONS,
    draw_channel,
    draw_voice,
    synthesise,
)
from sb_contrastive.synthetic.speech.emotions import Emotion
from sb_contrastive.synthetic.speech.phrases import compose
from sb_contrastive.synthetic.speech.synthesis import (
    HOP,
    render,
)
from sb_contrastive.synthetic.speech.vocal_tract import (
    BINS_HZ,
    SAMPLE_RATE,
    vocal_tract,
)
from sb_contrastive.synthetic.speech.voice import stream

FLAT = replace(draw_channel(0, 1), gains_db=(0.0,) * 6, noise_db=-90.0)


def measured_f0(samples, start):
    """Autocorrelation of 50 ms, by its definition: the lag of its peak."""
    frame = samples[start - 400 : start + 400]
    frame = frame - frame.mean()
    lags = np.arange(SAMPLE_RATE // 500, SAMPLE_RATE // 60)
    size = 800 - lags[-1]
    head = frame[:size]
    score = [
        head @ frame[lag : lag + size] / np.linalg.norm(frame[lag : lag + size])
        for lag in lags
    ]
    return SAMPLE_RATE / lags[int(np.argmax(score))]


def centroid(samples):
    power = np.abs(np.fft.rfft(samples)) ** 2
    return (power * np.arange(len(power))).sum() / power.sum()


@pytest.mark.parametrize("speaker", [1, 2, 3, 4])
def test_measured_f0_is_the_voices(speaker):
    voice = draw_voice(0, speaker)
    rng = stream("utterance", 0, speaker, 0)
    tracks = compose(voice, Emotion(), 4.0, rng)
    samples = render(tracks, voice, Emotion(), FLAT, rng)
    steady = np.flatnonzero(tracks.voicing > 0.6)[::10]
    steady = steady[(steady > 10) & (steady < len(tracks.voicing) - 10)]
    measured = np.array([measured_f0(samples, k * HOP) for k in steady])
    asked = tracks.f0_hz[steady]
    assert len(steady) > 15
    # half-way errors and doublings belong to the meter: hence the median
    assert np.median(np.abs(np.log2(measured / asked))) < 0.03
    # accents and declination about the habitual pitch: under three semitones
    assert abs(np.log2(np.median(measured) / voice.f0_hz)) < 3 / 12


def test_formants_are_where_they_were_put():
    voice = draw_voice(0, 2)
    wanted = np.array([[500, 1500, 2500, 3500], [300, 2200, 3000, 3800]])
    for formants, gains in zip(wanted, np.abs(vocal_tract(wanted, voice))):
        inner = gains[1:-1]
        peaks = 1 + np.flatnonzero((inner > gains[:-2]) & (inner > gains[2:]))
        for formant in formants:
            assert np.abs(BINS_HZ[peaks] - formant).min() < 50


def test_a_longer_tract_sounds_darker():
    for speaker in 1, 2:
        short = replace(draw_voice(0, speaker), tract_cm=14.0)
        long = replace(short, tract_cm=18.0)
        dark, bright = (
            synthesise(voice, "neu", 3.0, 0, speaker, 0, FLAT)[0]
            for voice in (long, short)
        )
        assert centroid(dark) < 0.95 * centroid(bright)


def averages(emotion):
    """Mean log2 F0, level (dB) and share of energy above 1 kHz (dB) over
    several speakers and utterances."""
    rows = []
    for speaker in 1, 2, 3, 4:
        voice = draw_voice(0, speaker)
        for number in range(8):
            samples, _ = synthesise(
                voice, emotion, 2.0, 0, speaker, number, FLAT
            )
            loud = np.abs(samples) > 0.1 * np.abs(samples).max()
            level = 20 * np.log10(np.sqrt(np.mean(samples[loud] ** 2)))
            power = np.abs(np.fft.rfft(samples)) ** 2  # bins of 0.5 Hz
            slope = 10 * np.log10(power[2000:].sum() / power.sum())
            frames = np.array(
                [
                    k
                    for k in range(800, len(samples) - 800, 1600)
                    if samples[k - 400 : k + 400].std() > 0.5 * samples.std()
                ]
            )
            f0 = np.median([measured_f0(samples, k) for k in frames])
            rows.append((np.log2(f0), level, slope))
    return np.mean(rows, axis=0)


def test_emotions_move_pitch_level_and_tilt_as_documented():
    pitch, level, slope = np.transpose([averages(e) for e in EMOTIONS])
    neu, hap, sad, ang = range(4)
    assert list(EMOTIONS) == ["neu", "hap", "sad", "ang"]
    assert pitch[hap] > pitch[neu] + 1 / 12
    assert pitch[ang] > pitch[neu] + 0.5 / 12
    assert pitch[sad] < pitch[neu]
    assert level[ang] > level[hap] > level[neu] > level[sad]
    assert slope[ang] > slope[neu] > slope[sad]


def test_samples_are_sound():
    for speaker in range(1, 7):
        for emotion in EMOTIONS:
            voice, channel = draw_voice(1, speaker), draw_channel(1, speaker)
            samples, text = synthesise(
                voice, emotion, 1.5, 1, speaker, 9, channel
            )
            assert samples.dtype == np.float32 and samples.shape == (24000,)
            assert np.isfinite(samples).all() and text
            assert 0.02 < np.abs(samples).max() < 0.98
            assert abs(samples.mean()) < 1e-3


def test_an_utterance_is_a_function_of_its_numbers():
    def spoken(seed, speaker, number):
        voice = draw_voice(0, 1)
        return synthesise(voice, "neu", 1.0, seed, speaker, number, FLAT)[0]

    first = spoken(0, 1, 0)
    np.random.seed(1)  # global state must not matter
    assert np.array_equal(first, spoken(0, 1, 0))
    for other in (1, 1, 0), (0, 2, 0), (0, 1, 1):
        assert not np.array_equal(first, spoken(*other))


def test_streams_with_trailing_zeros_differ():
    """numpy pads seeds with zeros, so that a bare [0, 3] is [0, 3, 0]."""
    bare = [np.random.default_rng(s).random() for s in ([0, 3], [0, 3, 0])]
    assert bare[0] == bare[1]
    voice, first_words = stream("voice", 0, 3), stream("utterance", 0, 3, 0)
    assert voice.random() != first_words.random()


def test_sexes_and_voices_differ():
    women = [draw_voice(0, k) for k in range(1, 41, 2)]
    men = [draw_voice(0, k) for k in range(2, 42, 2)]
    assert {v.sex for v in women} == {"F"} and {v.sex for v in men} == {"M"}
    assert min(v.f0_hz for v in women) > np.median([v.f0_hz for v in men])
    assert np.mean([v.tract_cm for v in women]) < 16
    assert np.mean([v.tract_cm for v in men]) > 16
    assert len({v.f0_hz for v in women + men}) == 40


def test_sad_speech_is_slower():
    def syllables(emotion):
        return sum(
            len(
                synthesise(draw_voice(0, 1), emotion, 3.0, 0, 1, k, FLAT)[
                    1
                ].split()
            )
            for k in range(10)
        )

    assert syllables("sad") < 0.9 * syllables("neu") < syllables("ang")
