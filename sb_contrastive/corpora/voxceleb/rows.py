"""Makes the manifest lines of VoxCeleb's speakers from the headers of their files."""

import csv
import io
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from speechbrain.utils.logger import get_logger

from sb_contrastive.corpora.voxceleb.utterances import utterances_of
from sb_contrastive.data.audio.bad_audio import report_bad
from sb_contrastive.data.audio.headers import read_header
from sb_contrastive.data.audio.sound import find_fault
from sb_contrastive.data.audio.threads import in_threads
from sb_contrastive.data.manifests.manifest import COLUMNS
from sb_contrastive.data.manifests.utterance_ids import safe_id
from sb_contrastive.files import write_atomically

logger = get_logger(__name__)

BLOCK = 2**17  # samples read at once


class SpeakerLines(NamedTuple):
    """Holds the part of the manifest of one speaker. A million rows as objects
    would take gigabytes, so `lines` is their text."""

    speaker: str
    lines: str
    rows: int
    seconds: float
    files: int
    bad: list  # of str, one for each file that cannot be used
    short: int  # files below min_seconds
    quiet: int  # chunks below min_amplitude


def describe_speakers(
    names,
    speakers,
    jobs=None,
    on_bad_audio="stop",
    root=None,
    chunk_seconds=None,
    min_seconds=None,
    min_amplitude=None,
    only=None,
):
    """Reads the headers of speakers' utterances.

    Arguments
    ---------
    names : iterable of str
        The speakers.
    speakers : dict of str to list of str
        Speaker -> folders, from `find_speakers`.
    jobs : int, optional
        Threads.
    on_bad_audio : str
        "stop" or "skip", see `report_bad`.
    root : Path, optional
        What `$data_root` stands for in the lines; paths are absolute without.
    chunk_seconds, min_seconds, min_amplitude : float, optional
        As for `prepare_voxceleb`.
    only : collection of str, optional
        The utterances wanted, like id10001/1zcIwhmdeo4/00001; all when absent.

    Returns
    -------
    list of SpeakerLines
        In the order of the names.

    Raises
    ------
    ValueError
        When audio cannot be used and may not be skipped.

    Example
    -------
    >>> video = getfixture("tmp_path") / "id10001" / "1zcIwhmdeo4"
    >>> video.mkdir(parents=True)
    >>> soundfile.write(video / "00001.wav", np.sin(np.arange(8000)), 16000)
    >>> speakers = {"id10001": [str(video.parent)]}
    >>> (part,) = describe_speakers(speakers, speakers, root=video.parent)
    >>> part.lines
    'id10001--1zcIwhmdeo4--00001,0.5,$data_root/1zcIwhmdeo4/00001.wav,0,8000,id10001,1zcIwhmdeo4\\n'
    """
    describe = partial(
        _describe,
        root=root,
        chunk_seconds=chunk_seconds,
        min_seconds=min_seconds,
        min_amplitude=min_amplitude,
        only=only,
    )
    listed = [(name, speakers[name]) for name in sorted(names)]
    parts = in_threads(describe, listed, jobs, "headers", "speaker")
    bad = [line for part in parts for line in part.bad]
    report_bad(bad, sum(part.files for part in parts), on_bad_audio)
    short = sum(part.short for part in parts)
    quiet = sum(part.quiet for part in parts)
    if short:
        logger.warning("%d files left out, below %s s", short, min_seconds)
    if quiet:
        logger.warning(
            "%d chunks left out, mean amplitude below %s", quiet, min_amplitude
        )
    return parts


def write_speakers(parts, path):
    """Writes a manifest.

    Arguments
    ---------
    parts : list of SpeakerLines
        Speakers in their order.
    path : str or Path
        CSV to write.

    Raises
    ------
    ValueError
        When there is no utterance.
    """
    rows = sum(part.rows for part in parts)
    if not rows:
        raise ValueError(f"there is no utterance to write to {path}")

    def write(partial_path):
        with open(partial_path, "w", encoding="utf-8", newline="") as file:
            file.write(",".join([*COLUMNS, "spk_id", "session"]) + "\n")
            file.writelines(part.lines for part in parts)

    write_atomically(path, write)
    logger.info(
        "%s: %d utterances of %d speakers, %.1f h",
        path,
        rows,
        sum(part.rows > 0 for part in parts),
        sum(part.seconds for part in parts) / 3600,
    )


def _describe(listed, root, chunk_seconds, min_seconds, min_amplitude, only):
    """Makes the lines of one speaker: all utterances, or those in `only`."""
    speaker, folders = listed
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    rows = files = short = quiet = 0
    total, bad = 0.0, []
    for key, path in sorted(utterances_of(folders).items()):
        if only is not None and f"{speaker}/{key}" not in only:
            continue
        files += 1
        frames, rate, _, _, problem = read_header(path)
        problem = problem or find_fault(path, [(0, frames)])
        if problem:
            bad.append(f"{path}: {problem} ({speaker}/{key})")
            continue
        if min_seconds is not None and frames < min_seconds * rate:
            short += 1
            continue
        name = safe_id("--".join([speaker, *key.split("/")]))
        wav = Path(path).as_posix()
        if root is not None:
            wav = f"$data_root/{Path(path).relative_to(root).as_posix()}"
        for start, stop in _spans(frames, rate, chunk_seconds):
            if min_amplitude is not None:
                if _mean_amplitude(path, start, stop) < min_amplitude:
                    quiet += 1
                    continue
            whole = chunk_seconds is None
            chunk = name if whole else f"{name}_{start}_{stop}"
            seconds = (stop - start) / rate
            session = key.split("/")[0]
            row = (chunk, seconds, wav, start, stop, speaker, session)
            writer.writerow(row)
            rows += 1
            total += seconds
    lines = text.getvalue()
    return SpeakerLines(speaker, lines, rows, total, files, bad, short, quiet)


def _mean_amplitude(path, start, stop):
    """Computes the mean magnitude of samples [start, stop), block by block."""
    total = count = 0
    with soundfile.SoundFile(path) as file:
        file.seek(start)
        for first in range(start, stop, BLOCK):
            block = file.read(min(BLOCK, stop - first))
            total += np.abs(block).sum()
            count += block.size
    return total / count


def _spans(frames, rate, chunk_seconds):
    """Lists the samples (start, stop) of the chunks of a file, end to end."""
    if chunk_seconds is None:
        return [(0, frames)]
    length = max(round(chunk_seconds * rate), 1)
    count = max(frames // length, 1)
    starts = [length * k for k in range(count)]
    return list(zip(starts, [*starts[1:], frames]))
