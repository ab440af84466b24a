"""Joins pieces of recordings into one file, piece by piece."""

import numpy as np
import soundfile

from sb_contrastive.data.audio.silence import BLOCK
from sb_contrastive.data.shards.places import readable
from sb_contrastive.files import write_atomically

FADE = 80  # samples, 5 ms at 16 kHz: a hard cut would click


def concatenate(pieces, path, sample_rate=16000):
    """Writes pieces of mono files one after the other, each faded in and out.

    A stretch is read at a time: interviews may last an hour.

    Arguments
    ---------
    pieces : list of tuple
        (wav, start, stop) in samples.
    path : pathlib.Path
        WAV file to write, 16 bit.
    sample_rate : int
        Rate of all files.

    Returns
    -------
    int
        Samples written.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> soundfile.write(folder / "a.wav", np.full(9000, 0.5), 16000)
    >>> wav = str(folder / "a.wav")
    >>> concatenate([(wav, 0, 1000), (wav, 2000, 4000)], folder / "b.wav")
    3000
    """

    def write(partial):
        with soundfile.SoundFile(
            partial, "w", sample_rate, 1, "PCM_16", format="WAV"
        ) as out:
            for wav, start, stop in pieces:
                with soundfile.SoundFile(readable(wav)) as file:
                    file.seek(start)
                    for first in range(start, stop, BLOCK):
                        audio = file.read(
                            min(BLOCK, stop - first), dtype="float32"
                        )
                        place = np.arange(first, first + len(audio))
                        out.write(audio * _fade(place, start, stop))

    write_atomically(path, write)
    return sum(stop - start for _, start, stop in pieces)


def _fade(place, start, stop):
    """Computes the gain at samples `place` [S] of the piece [start, stop)."""
    edge = np.minimum(place - start, stop - 1 - place) + 0.5
    return np.clip(edge / FADE, 0, 1).astype(np.float32)
