"""Checks audio before a model gets it, converts it to its rate, and cuts silence as its training did."""

import contextlib
import math

from sb_contrastive.data.audio.bad_audio import report_bad
from sb_contrastive.data.audio.check import check_audio
from sb_contrastive.data.audio.silence import trim_silence
from sb_contrastive.inference.waveforms import trimmed_waveform, waveform_fault
from sb_contrastive.process.leftovers import temporary_folder

SHORTEST = 0.1  # seconds: convolutions need some frames


@contextlib.contextmanager
def prepared(model, rows, on_bad_audio="stop", trim_silence_db=None):
    """Bring rows to the rate of a model; converted copies of files are kept as
    long as the context is open.

    Arguments
    ---------
    model, rows, on_bad_audio, trim_silence_db
        See `prepare_rows`.

    Yields
    ------
    list of dict
    """
    if all("audio" in row for row in rows):
        yield prepare_rows(rows, model, None, on_bad_audio, trim_silence_db)
        return
    with temporary_folder() as folder:
        yield prepare_rows(rows, model, folder, on_bad_audio, trim_silence_db)


def prepare_rows(
    rows,
    model,
    converted_folder,
    on_bad_audio="stop",
    trim_silence_db=None,
):
    """Check all audio before any of it is embedded.

    Arguments
    ---------
    rows : list of dict
        Manifest rows; those of audio in memory are at the rate of the model.
    model : Model
        Says the sample rate, and how silence was cut in training.
    converted_folder : str or pathlib.Path
        Folder for copies of files at another rate or with several channels.
    on_bad_audio : str
        "stop", "skip" or "refuse", see `check_audio`.
    trim_silence_db : float, optional
        How far below the speech silence is cut; as in the training of the model
        when absent.

    Returns
    -------
    list of dict
        Rows in their order, without what was left out, and without silence at
        the ends where that is to be cut.

    Raises
    ------
    ValueError
        When audio cannot be used and may not be skipped.
    """
    below = silence_cut(model, trim_silence_db)
    rate = model.sample_rate
    files = [row for row in rows if "audio" not in row]
    arrays = [row for row in rows if "audio" in row]
    if files:
        files = check_audio(
            files,
            sample_rate=rate,
            on_bad_audio=on_bad_audio,
            converted_folder=converted_folder,
            shortest=SHORTEST,
        )
        if below:
            files = trim_silence(files, below, sample_rate=rate)
    faults = {row["ID"]: waveform_fault(row, SHORTEST) for row in arrays}
    bad = [f"{name}: {fault}" for name, fault in faults.items() if fault]
    report_bad(bad, len(arrays), on_bad_audio)
    arrays = [row for row in arrays if not faults[row["ID"]]]
    if below:
        arrays = [trimmed_waveform(row, below, rate) for row in arrays]
    ready = {("audio" in row, row["ID"]): row for row in files + arrays}
    keys = [("audio" in row, row["ID"]) for row in rows]
    return [ready[key] for key in keys if key in ready]


def silence_cut(model, trim_silence_db=None):
    """Return how far below the speech silence is cut, 0 for not at all.

    Arguments
    ---------
    model : Model
        Says how it was cut in training.
    trim_silence_db : float, optional
        What a user wants instead.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        When it is no number of decibels.
    """
    if trim_silence_db is None:
        return model.trim_silence_db
    if not 0 <= trim_silence_db < math.inf:
        raise ValueError(
            f"--trim_silence_db is a number of decibels from 0, got "
            f"{trim_silence_db}"
        )
    return trim_silence_db
