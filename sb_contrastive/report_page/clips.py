"""Short excerpts of audio inside the page, which plays them without any other file."""

import base64
import io

import soundfile
from markupsafe import Markup

from sb_contrastive.data.audio.reading import read_samples
from sb_contrastive.data.shards.places import readable

SECONDS = 4.0
RATE = 16000  # what has more is resampled


def clip(wav, start, stop):
    """Make a player of an excerpt.

    Arguments
    ---------
    wav : str
        Audio file, mono.
    start, stop : int
        Samples; what is longer than four seconds is cut at the end.

    Returns
    -------
    Markup
        Empty where the audio is gone, or was never there, or where it is not
        known which samples are meant.

    Example
    -------
    >>> clip("no/such.wav", 0, 16000)
    Markup('')
    """
    if start == stop:
        return Markup("")
    try:
        rate = soundfile.info(readable(wav)).samplerate
        stop = min(stop, start + int(SECONDS * rate))
        audio = read_samples(str(wav), start, stop)
    except (OSError, ValueError, RuntimeError):
        return Markup("")  # corpora move; the numbers stay
    if rate > 1.5 * RATE:
        from scipy.signal import resample_poly

        audio, rate = resample_poly(audio, RATE, rate), RATE
    # Quiet recordings are to be heard too
    peak = float(abs(audio).max(initial=0)) or 1.0
    stored = io.BytesIO()
    soundfile.write(
        stored, 0.9 * audio / peak, rate, format="FLAC", subtype="PCM_16"
    )
    data = base64.b64encode(stored.getvalue()).decode()
    return Markup(
        '<audio controls preload="none" src="data:audio/flac;base64,{}"></audio>'
    ).format(data)
