"""Keeps mono copies, at one rate, of files with another rate or more channels."""

import hashlib
import os
from pathlib import Path

import numpy as np
import soundfile
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.audio.headers import Header, read_headers, unreadable
from sb_contrastive.data.audio.resampling import resampled
from sb_contrastive.data.audio.sound import Unusable, blocks_of, mono
from sb_contrastive.data.audio.threads import in_threads
from sb_contrastive.data.shards.places import readable, state_of
from sb_contrastive.files import write_atomically

logger = get_logger(__name__)

# A copy whose largest sample is below this has 24 bits: 16 would be too coarse
QUIET = 2.0**-6


def convert_all(paths, headers, sample_rate, folder, jobs=None):
    """Makes the copies that are not there yet.

    A copy is FLAC of 16 bits (of 24 where the original is very quiet), named
    after path, time and size of its original, hence made once. It is never
    half written. Files are converted in blocks, so memory does not grow with
    their length.

    Arguments
    ---------
    paths : list of str
        Originals.
    headers : dict
        {path: Header} of the originals.
    sample_rate : int
        Rate of the copies in Hz.
    folder : str or Path
        Where they are kept.
    jobs : int or None
        Threads.

    Returns
    -------
    dict
        {path: (path of its copy, Header of the copy)}; the header has a
        `problem` where the original breaks off, or holds NaN.

    Raises
    ------
    ValueError
        When there is no folder.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> path = str(folder / "tone.wav")
    >>> soundfile.write(path, np.zeros((8000, 2)), 8000)
    >>> headers = {path: read_headers([path])[0]}
    >>> copy, header = convert_all([path], headers, 16000, folder)[path]
    >>> header.frames, header.channels
    (16000, 1)
    """
    if folder is None:
        header = headers[paths[0]]
        raise ValueError(
            f"{len(paths)} files are not {sample_rate} Hz mono (the first,"
            f" {paths[0]}, has {header.sample_rate} Hz and {header.channels}"
            " channel(s)); name a converted_folder for their copies, or"
            " convert them beforehand"
        )
    folder = Path(folder).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    names = [_copy_name(path, sample_rate) for path in paths]
    targets = [(folder / name).as_posix() for name in names]
    todo = [
        (path, target)
        for path, target in zip(paths, targets)
        if not os.path.exists(target)
    ]
    errors = in_threads(
        lambda pair: _convert(*pair, sample_rate), todo, jobs, "converting"
    )
    problems = {target: e for (_, target), e in zip(todo, errors) if e}
    logger.info(
        "%d files converted to %d Hz mono in %s, %d copies reused",
        len(todo) - len(problems),
        sample_rate,
        folder,
        len(paths) - len(todo),
    )
    copied = [
        Header(problem=problems[target]) if target in problems else header
        for target, header in zip(targets, read_headers(targets, jobs))
    ]
    return dict(zip(paths, zip(targets, copied)))


def _copy_name(path, sample_rate):
    state = state_of(path)
    key = f"{path}|{state.mtime_ns}|{state.size}|{sample_rate}"
    return hashlib.sha256(key.encode()).hexdigest()[:24] + ".flac"


def _convert(path, target, sample_rate):
    """Writes a copy, whole or not at all; returns "" or a description of the fault."""

    def write(partial):
        # Nearly all files are between quiet and full scale: one pass will do
        peak = _write(path, partial, sample_rate)
        if peak > 1:
            # Integers clip: a file beyond full scale is turned down
            _write(path, partial, sample_rate, factor=1 / peak)
        elif peak < QUIET:
            _write(path, partial, sample_rate, subtype="PCM_24")

    try:
        write_atomically(target, write)
    except Unusable as error:
        return str(error)
    return ""


def _write(path, partial, sample_rate, factor=1.0, subtype="PCM_16"):
    """Writes a copy at one go and returns its largest magnitude."""
    peak = 0.0
    try:
        source = soundfile.SoundFile(readable(path))
    except soundfile.SoundFileError as error:
        raise Unusable(unreadable(error)) from error
    with (
        source,
        soundfile.SoundFile(
            partial, "w", sample_rate, 1, subtype, format="FLAC"
        ) as copy,
    ):
        blocks = (mono(block) for block in blocks_of(source))
        for block in resampled(blocks, source.samplerate, sample_rate):
            peak = max(peak, float(np.abs(block).max(initial=0)))
            copy.write(block * np.float32(factor))
    return peak
