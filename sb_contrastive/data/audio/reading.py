"""Reads a part of an audio file; FLAC is decoded once and kept in memory."""

import soundfile

from sb_contrastive.data.shards.member import ShardError
from sb_contrastive.data.shards.places import readable, state_of


def read_span(wav, start, stop):
    """Reads samples [start, stop) of a mono file.

    Arguments
    ---------
    wav : str
        Path of an audio file.
    start : int
        First sample.
    stop : int
        One past the last sample.

    Returns
    -------
    numpy.ndarray
        float32 [stop - start], mean removed: some corpora carry a DC offset.
    """
    audio = read_samples(wav, start, stop)
    return audio - audio.mean()


def read_row(row):
    """Reads the audio of a manifest row.

    Arguments
    ---------
    row : dict
        Manifest row; one of audio that is in memory has it as `audio`, mono,
        [S].

    Returns
    -------
    numpy.ndarray
        float32 [stop - start], mean removed.

    Example
    -------
    >>> import numpy as np
    >>> row = {"audio": np.float32([1, 2, 4]), "start": 1, "stop": 3}
    >>> read_row(row)
    array([-1.,  1.], dtype=float32)
    """
    start, stop = int(row["start"]), int(row["stop"])
    if "audio" not in row:
        return read_span(row["wav"], start, stop)
    audio = row["audio"][start:stop]
    return audio - audio.mean()


def read_samples(wav, start, stop):
    """Reads samples [start, stop) of a mono file as they are.

    Arguments
    ---------
    wav : str
        Path of an audio file.
    start : int
        First sample.
    stop : int
        One past the last sample.

    Returns
    -------
    numpy.ndarray
        float32 [stop - start].

    Raises
    ------
    ValueError
        When the file cannot be decoded, or ends before.
    """
    try:
        audio = _DECODED.read(wav, start, stop)
    except (soundfile.SoundFileError, ShardError, TypeError) as error:
        raise ValueError(
            f"{wav} cannot be read any more ({error}): it was changed after "
            f"the manifest was written; prepare the corpus again"
        ) from error
    if len(audio) != stop - start:
        raise ValueError(
            f"{wav} ends before sample {stop}: it was changed after the "
            f"manifest was written; prepare the corpus again"
        )
    return audio


class DecodedFiles:
    """Keeps short FLAC files in memory once they are decoded.

    A crop of a WAV file is read alone. A crop of a FLAC file costs about as
    much as the whole file, in every epoch anew: this was a fifth of the time of
    fine-tuning on short utterances. A file that does not fit into the budget is
    read from the disk each time. No file makes room for a newer one: an epoch
    visits every file once, so each kept file serves equally often.

    Arguments
    ---------
    budget : int
        Bytes in each process; two hours of speech at 16 kHz take 230 MB.
    longest : float
        Seconds above which a file is not kept.

    Example
    -------
    >>> import numpy as np, tempfile
    >>> wav = tempfile.mkdtemp() + "/a.flac"
    >>> soundfile.write(wav, np.zeros(800), 16000)
    >>> files = DecodedFiles(budget=10000)
    >>> files.read(wav, 100, 300).shape, files.bytes
    ((200,), 1600)
    """

    def __init__(self, budget, longest=60.0):
        self.budget = budget
        self.longest = longest
        self.bytes = 0
        self.files = {}

    def read(self, wav, start, stop):
        """Reads samples [start, stop) as float32, fewer where the file ends before.

        Arguments
        ---------
        wav : str
            Path of a mono file.
        start : int
            First sample.
        stop : int
            One past the last sample.

        Returns
        -------
        numpy.ndarray
        """
        if str(wav).lower().endswith(".flac"):
            if wav not in self.files and self._fits(wav):
                audio, _ = soundfile.read(readable(wav), dtype="int16")
                self.files[wav] = (state_of(wav), audio)
                self.bytes += audio.nbytes
            state, audio = self.files.get(wav, (None, None))
            if state is not None and state == state_of(wav):
                # As libsndfile scales 16 bits, to the bit
                return audio[start:stop].astype("float32") / 32768
        audio, _ = soundfile.read(
            readable(wav), start=start, stop=stop, dtype="float32"
        )
        return audio

    def _fits(self, wav):
        if self.bytes >= self.budget:
            return False
        info = soundfile.info(readable(wav))
        return (
            info.subtype == "PCM_16"
            and info.duration <= self.longest
            and self.bytes + 2 * info.frames <= self.budget
        )


_DECODED = DecodedFiles(budget=512 * 2**20)
