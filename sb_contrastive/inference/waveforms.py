"""Takes audio that is in memory as manifest rows, at the rate of a model."""

import numpy as np
import torch

from sb_contrastive.data.audio.resampling import resampled
from sb_contrastive.data.audio.silence import speech_with_margin
from sb_contrastive.data.audio.sound import ALIKE, JUDGED, unusable


def is_waveform(x):
    """Tell whether something is an array, of NumPy or of torch."""
    return isinstance(x, (np.ndarray, torch.Tensor))


def waveform_row(array, sample_rate, wanted, name):
    """Make a manifest row of audio in memory.

    Arguments
    ---------
    array : numpy.ndarray or torch.Tensor
        Float samples [S], one channel.
    sample_rate : int
        Their rate in Hz.
    wanted : int
        Rate of the model in Hz.
    name : str
        What messages call it.

    Returns
    -------
    dict
        With the samples at the wanted rate as `audio`, see `read_row`.

    Raises
    ------
    ValueError
        When it is no float array [S], or its rate is not given.

    Example
    -------
    >>> row = waveform_row(np.zeros(8000), 8000, 16000, "array 0")
    >>> row["stop"], row["audio"].dtype.name
    (16000, 'float32')
    """
    if isinstance(array, torch.Tensor):
        array = (
            array.detach().cpu().float().numpy()
            if (array.is_floating_point())
            else array.cpu().numpy()
        )
    if array.ndim != 1:
        raise ValueError(
            f"a recording is an array [S] of one channel, and {name} is "
            f"{list(array.shape)}: give the mean of its channels, and several "
            f"recordings as a list"
        )
    if not np.issubdtype(array.dtype, np.floating):
        raise ValueError(
            f"{name} holds {array.dtype}, and audio is floats from -1 to 1: "
            f"divide 16-bit integers by 32768"
        )
    if sample_rate is None:
        raise ValueError(
            f"nobody knows the sample rate of an array: give sample_rate=, "
            f"such as sample_rate={wanted}"
        )
    if sample_rate != int(sample_rate) or sample_rate < 1:
        raise ValueError(f"sample_rate is a number of Hz, not {sample_rate!r}")
    audio = array.astype(np.float32)
    pieces = list(resampled([audio], int(sample_rate), wanted)) or [audio]
    audio = np.concatenate(pieces)
    return {
        "ID": name,
        "wav": name,
        "audio": audio,
        "start": 0,
        "stop": len(audio),
        "duration": len(audio) / wanted,
    }


def waveform_fault(row, shortest):
    """Say why audio in memory cannot be used, "" if it can.

    Arguments
    ---------
    row : dict
        Of `waveform_row`.
    shortest : float
        Seconds below which it is too short.

    Returns
    -------
    str

    Example
    -------
    >>> waveform_fault(waveform_row(np.zeros(9000), 16000, 16000, "a"), 0.1)
    'holds no sound, only one value'
    """
    audio = row["audio"]
    if row["duration"] < shortest:
        return f"lasts {row['duration']:.3f} s, less than {shortest} s"
    fault = unusable(audio[:, None])
    if fault:
        return fault
    alike = len(audio) >= JUDGED and np.abs(np.diff(audio)).max() <= ALIKE
    return "holds no sound, only one value" if alike else ""


def trimmed_waveform(row, below_db, sample_rate):
    """Move `start` and `stop` to the speech, as `trim_silence` does.

    Arguments
    ---------
    row : dict
        Of `waveform_row`.
    below_db : float
        How far below the speech silence is.
    sample_rate : int
        Rate of the row in Hz.

    Returns
    -------
    dict
        A copy.
    """
    audio = row["audio"].astype(np.float64)
    first, last = speech_with_margin(
        audio - audio.mean(), below_db, sample_rate=sample_rate
    )
    return {**row, "start": first, "stop": last}
