"""Channels change the sound and not the time, and are those of a slow computation."""

import numpy as np
import pytest

from sb_contrastive.data.augmentation.channels import (
    CODECS,
    IN_A_ROOM,
    KNOTS_HZ,
    ROOMS,
    Channel,
    draw_channel,
    through_channel,
)
from sb_contrastive.data.augmentation.rooms import simulated_rooms

FLAT = (0.0,) * len(KNOTS_HZ)
SPEECH = np.random.default_rng(0).normal(0, 0.05, 16000).astype(np.float32)


def levels(samples):
    """Mean power around each knot, in dB."""
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / 16000)
    bands = [abs(hz - f) < 0.02 * f for f in KNOTS_HZ[1:-1]]
    return np.array([10 * np.log10(spectrum[band].mean()) for band in bands])


def test_draws_depend_on_seed_and_recording_alone():
    drawn = [draw_channel(3, f"r{i}") for i in range(400)]
    assert drawn[::-1] == [draw_channel(3, f"r{i}") for i in range(400)][::-1]
    assert draw_channel(4, "r0") != drawn[0]
    rooms = [c.room for c in drawn]
    assert np.mean([r is not None for r in rooms]) == pytest.approx(
        IN_A_ROOM, abs=0.07
    )
    assert len(set(rooms)) > ROOMS / 2
    counts = [sum(c.codec == name for c in drawn) for name in CODECS]
    assert min(counts) > 50
    assert np.std([c.gains_db for c in drawn]) == pytest.approx(5, abs=0.3)


def test_nothing_in_between_changes_nothing():
    sent = through_channel(SPEECH, Channel(None, FLAT, "linear PCM", 0))
    np.testing.assert_allclose(sent, SPEECH, atol=1e-5)


def test_a_room_is_a_sum_of_echoes():
    speech = SPEECH[:600]
    sent = through_channel(speech, Channel(7, FLAT, "linear PCM", seed=2))
    response = simulated_rooms(2, ROOMS)[7].numpy()
    slow = np.zeros(600)
    for t in range(600):
        for delay in range(t + 1):
            slow[t] += response[delay] * speech[t - delay]
    slow *= np.sqrt((speech**2).mean() / (slow**2).mean())
    np.testing.assert_allclose(sent, slow, atol=1e-4)


def test_a_microphone_has_its_gains():
    gains = (0.0, 6.0, -6.0, 3.0, -9.0, 9.0, 0.0)
    sent = through_channel(SPEECH, Channel(None, gains, "linear PCM", 0))
    change = levels(sent) - levels(SPEECH)
    change -= change.mean() - np.mean(gains[1:-1])  # the level is kept
    np.testing.assert_allclose(change, gains[1:-1], atol=1.0)


@pytest.mark.parametrize("codec", CODECS)
def test_codecs_keep_time_and_take_the_band(codec):
    sent = through_channel(SPEECH, Channel(None, FLAT, codec, 0))
    assert sent.dtype == np.float32 and sent.shape == SPEECH.shape
    again = through_channel(SPEECH, Channel(None, FLAT, codec, 0))
    np.testing.assert_array_equal(sent, again)
    n = 2 * len(SPEECH)
    spectra = np.fft.rfft(sent, n), np.fft.rfft(SPEECH, n)
    lag = np.fft.irfft(spectra[0] * spectra[1].conj()).argmax()
    assert lag == 0
    above = np.abs(np.fft.rfft(sent))[4500:] ** 2  # Hz: it is one second
    share = above.sum() / (np.abs(np.fft.rfft(sent)) ** 2).sum()
    assert (share < 0.02) == (CODECS[codec][0] == 8000)
    assert np.abs(sent).max() <= 1
    assert sent.std() == pytest.approx(SPEECH.std(), rel=0.05)


def test_loud_speech_stays_below_full_scale():
    loud = np.clip(20 * SPEECH, -1, 1)
    gains = (9.0, -9.0, 9.0, -9.0, 9.0, -9.0, 9.0)
    sent = through_channel(loud, Channel(3, gains, "linear PCM", 0))
    assert np.abs(sent).max() <= 1
