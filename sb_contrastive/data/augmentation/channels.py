"""Simulates the channel of a recording: a room, a microphone and a codec."""

from typing import NamedTuple

import numpy as np
import torch

from sb_contrastive.data.augmentation.mixing import RoomSpectra, reverberated
from sb_contrastive.data.augmentation.rooms import simulated_rooms
from sb_contrastive.data.randomness import keyed_generator

# What a codec does to 16 kHz speech: the rate it works at, and how libsndfile
# calls it. Linear PCM leaves speech as it is
CODECS = {
    "linear PCM": (16000, None, None),
    "G.711 mu-law": (8000, "WAV", "ULAW"),  # telephone
    "GSM 06.10": (8000, "WAV", "GSM610"),  # mobile telephone
    "MP3": (16000, "MP3", "MPEG_LAYER_III"),
    "Opus": (16000, "OGG", "OPUS"),
}
KNOTS_HZ = (60.0, 150.0, 400.0, 1000.0, 2500.0, 5000.0, 8000.0)
SPREAD_DB = 5.0  # standard deviation of the microphone's gain at each of them
TAPS = 513  # of the microphone's filter: 32 ms
ROOMS = 100
IN_A_ROOM = 0.75  # share of the recordings; others are of a close microphone


class Channel(NamedTuple):
    """Holds what lies between a voice and its recording.

    Arguments
    ---------
    room : int or None
        Number of a room in `simulated_rooms(seed, 100)`; None: close talking.
    gains_db : tuple of float
        Gains of the microphone at `KNOTS_HZ`, in dB.
    codec : str
        A key of `CODECS`.
    seed : int
        Of the rooms.
    """

    room: int | None
    gains_db: tuple
    codec: str
    seed: int


def draw_channel(seed, recording):
    """Draw the channel of a recording.

    Arguments
    ---------
    seed : int
        Seed of the channels.
    recording : str
        Name of the recording: all of its pieces have the same channel.

    Returns
    -------
    Channel

    Example
    -------
    >>> one, two = draw_channel(0, "ann1"), draw_channel(0, "ann2")
    >>> one == draw_channel(0, "ann1"), one == two
    (True, False)
    """
    rng = keyed_generator(seed, recording, "channel")
    room = int(rng.integers(ROOMS)) if rng.random() < IN_A_ROOM else None
    gains = rng.normal(0.0, SPREAD_DB, len(KNOTS_HZ))
    codec = list(CODECS)[int(rng.integers(len(CODECS)))]
    return Channel(room, tuple(gains.tolist()), codec, seed)


def through_channel(samples, channel, sample_rate=16000):
    """Send a recording through a channel: the room, the microphone, the codec.

    Arguments
    ---------
    samples : numpy.ndarray
        float32 [S], of the whole recording.
    channel : Channel
        See `draw_channel`.
    sample_rate : int
        Samples per second; codecs are those of 16 000.

    Returns
    -------
    numpy.ndarray
        float32 [S], as loud (RMS) as before, unless that would exceed full scale.

    Example
    -------
    >>> speech = np.random.default_rng(0).normal(0, 0.1, 16000).astype("float32")
    >>> sent = through_channel(speech, draw_channel(0, "ann1"))
    >>> sent.shape, round(float(sent.std() / speech.std()), 2)
    ((16000,), 1.0)
    """
    from scipy.signal import fftconvolve, firwin2  # slow to import

    sent = samples
    if channel.room is not None:
        responses = simulated_rooms(
            channel.seed, ROOMS, sample_rate=sample_rate
        )
        own = RoomSpectra(responses[channel.room][None])
        dry = torch.from_numpy(sent)[None]
        wet = reverberated(dry, own.of([0], dry.shape[1]))
        sent = wet[0].numpy()
    gains = 10 ** (np.array(channel.gains_db) / 20)
    # The first and the last gain go on to 0 Hz and to half of the rate
    frequencies = [0.0, *KNOTS_HZ[:-1], sample_rate / 2]
    microphone = firwin2(TAPS, frequencies, [gains[0], *gains], fs=sample_rate)
    sent = fftconvolve(sent, microphone, mode="same").astype(np.float32)
    sent = _as_loud(sent, samples)
    sent = _coded(torch.from_numpy(sent), channel.codec, sample_rate).numpy()
    return _as_loud(sent, samples)


def _coded(sent, codec, sample_rate):
    """Encode and decode [S]."""
    from speechbrain.augment.codec import CodecAugment
    from torchaudio.functional import resample

    rate, kind, subtype = CODECS[codec]
    if kind is None:
        return sent
    narrow = resample(sent, sample_rate, rate)
    decoded = CodecAugment(rate).apply_codec(narrow, kind, subtype)
    wide = resample(decoded, rate, sample_rate)[: len(sent)]
    return torch.nn.functional.pad(wide, (0, len(sent) - len(wide)))


def _as_loud(sent, before):
    """Give samples the level of others, below full scale."""
    gain = np.sqrt(np.mean(before**2) / max(np.mean(sent**2), 1e-12))
    peak = float(np.abs(sent).max(initial=0)) * gain
    return (sent * (gain / max(peak, 1.0))).astype(np.float32)
