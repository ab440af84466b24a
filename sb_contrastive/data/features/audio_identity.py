"""Tells whether the audio of a row is the audio that an earlier row had."""

import hashlib

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.shards.places import state_of


def stamp_of(row):
    """Collects what tells, without reading it, that an utterance is the same."""
    state = state_of(row["wav"])
    return {
        "wav": str(row["wav"]),
        "start": int(row["start"]),
        "stop": int(row["stop"]),
        "size": state.size,
        "mtime_ns": state.mtime_ns,
    }


def span_of(stamp):
    """Names the part of a file that a row or a stamp is about."""
    return stamp["wav"], stamp["start"], stamp["stop"]


def length_of(row):
    """Counts the samples of a row or a stamp."""
    return int(row["stop"]) - int(row["start"])


def samples_of(row):
    """Reads the samples of a row."""
    return read_span(row["wav"], int(row["start"]), int(row["stop"]))


def digest_of(wav):
    """Hashes samples: equal digests are equal audio."""
    return hashlib.blake2b(wav, digest_size=16).hexdigest()
