"""Keeps copies of recordings, each sent through a simulated channel of its own."""

import hashlib
import os
from pathlib import Path

import soundfile
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.audio.threads import in_threads
from sb_contrastive.data.augmentation.channels import (
    draw_channel,
    through_channel,
)
from sb_contrastive.data.channel_notice import leave_channel_notice
from sb_contrastive.data.shards.places import readable, state_of
from sb_contrastive.files import write_atomically

logger = get_logger(__name__)

VERSION = 1  # raise whenever channels change: old copies are then left alone


def with_channels(rows, folder, seed, jobs=None):
    """Replace the file of each row by a copy that has gone through a channel.

    The channel depends on (seed, recording), where a recording is a file and is
    named by the smallest ID among its rows: all rows of a file have one channel,
    and each file has its own. Copies are FLAC of 16 bits and are named after path,
    time and size of their original and what the channel depends on, hence made
    once.

    Arguments
    ---------
    rows : list of dict
        Manifest rows of mono files at 16 kHz; left unchanged.
    folder : str or pathlib.Path
        Where copies are kept; it gets a notice.
    seed : int
        Of the channels.
    jobs : int, optional
        Threads.

    Returns
    -------
    list of dict
        Rows with the same spans of the copies.

    Example
    -------
    >>> import numpy as np
    >>> folder = getfixture("tmp_path")
    >>> path = str(folder / "ann.wav")
    >>> soundfile.write(path, np.sin(np.arange(8000)) / 4, 16000)
    >>> row = {"ID": "ann", "wav": path, "start": 0, "stop": 8000}
    >>> (copy,) = with_channels([row], folder / "copies", seed=0)
    >>> soundfile.info(copy["wav"]).frames, copy["stop"]
    (8000, 8000)
    """
    folder = Path(folder).absolute()
    recordings = {}
    for row in rows:
        known = recordings.get(row["wav"], row["ID"])
        recordings[row["wav"]] = min(known, row["ID"])
    copies = {
        wav: (folder / _copy_name(wav, seed, recording)).as_posix()
        for wav, recording in recordings.items()
    }
    todo = [wav for wav, copy in copies.items() if not os.path.exists(copy)]
    leave_channel_notice(folder)

    def copy(wav):
        samples, rate = soundfile.read(readable(wav), dtype="float32")
        sent = through_channel(samples, draw_channel(seed, recordings[wav]))
        write_atomically(
            copies[wav],
            lambda p: soundfile.write(p, sent, rate, "PCM_16", format="FLAC"),
        )

    in_threads(copy, todo, jobs, "simulating channels")
    logger.info(
        "%d files sent through simulated channels into %s, %d copies reused",
        len(todo),
        folder,
        len(copies) - len(todo),
    )
    return [{**row, "wav": copies[row["wav"]]} for row in rows]


def _copy_name(wav, seed, recording):
    key = (wav, *state_of(wav), seed, recording, VERSION)
    return hashlib.sha256(repr(key).encode()).hexdigest()[:24] + ".flac"
