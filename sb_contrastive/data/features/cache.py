"""Keeps the frames of a frozen encoder on the disk, in float16."""

import shutil
from pathlib import Path

import numpy as np
import torch
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.features.audio_identity import (
    digest_of,
    length_of,
    samples_of,
    stamp_of,
)
from sb_contrastive.data.features.encoder_identity import (
    SAMPLE_RATE,
    check_probe,
    describe_encoder,
    probe_encoder,
)
from sb_contrastive.data.features.encoding import (
    batches_of,
    encode,
    in_float16,
)
from sb_contrastive.data.features.file import FeatureFile
from sb_contrastive.data.features.lookup import look_up
from sb_contrastive.progress import bar
from sb_contrastive.ranges import Positive
from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)


class FeatureCache:
    """Gives frames of utterances that were computed once.

    An entry belongs to the weights and layer of the encoder, which name its
    folder, and to the samples of the utterance, by their hash. `build` looks at
    each audio file (path, span, size, time of change; where one of them is new,
    the samples) and computes the frames that are missing. Only utterances that
    `build` has seen can be read: features of audio that has changed since are
    never used.

    It holds 2 D bytes per frame: 102 kB per second at 50 Hz and D = 1024.
    Waveform augmentation and a cache exclude each other.

    Arguments
    ---------
    folder : str or pathlib.Path
        Where caches are; each encoder has a folder of its own in it.
    encoder : FrozenFrames
        `FrozenEncoder` or `HuggingFaceFrames`; not needed after `build`.
    device : str or torch.device
        Where the encoder computes.
    batch_seconds : float
        Audio in a pass, at least one utterance.
    window_seconds : float
        Longer utterances are encoded in windows of at most this length.

    Example
    -------
    >>> import soundfile
    >>> from speechbrain.lobes.features import Fbank
    >>> from sb_contrastive.encoders import FrozenEncoder, UtteranceEncoder
    >>> encoder = FrozenEncoder(UtteranceEncoder(
    ...     Fbank(n_mels=20), torch.nn.Identity(), 20,
    ...     frame_layer="compute_features",
    ... ))
    >>> folder = getfixture("tmp_path")
    >>> wav = str(folder / "a.wav")
    >>> soundfile.write(wav, np.random.randn(16000), SAMPLE_RATE)
    >>> cache = FeatureCache(folder, encoder)
    >>> row = {"ID": "a", "wav": wav, "start": 0, "stop": 16000}
    >>> cache.build([row], progressbar=False)
    >>> cache["a"].shape, cache.crop("a", 10, 60).shape
    (torch.Size([101, 20]), torch.Size([50, 20]))
    """

    def __init__(
        self,
        folder,
        encoder,
        device="cpu",
        batch_seconds: Positive = 60.0,
        window_seconds: Positive = 60.0,
    ):
        if not hasattr(encoder, "fingerprint") or encoder.trains:
            raise TypeError(
                f"a cache is for frozen encoders, and {type(encoder).__name__} "
                f"may change: put it into a FrozenEncoder"
            )
        self.encoder = encoder
        self.device = device
        self.batch = round(batch_seconds * SAMPLE_RATE)
        self.window = round(window_seconds * SAMPLE_RATE)
        description, name = describe_encoder(encoder, self.window)
        self.folder = Path(folder) / name
        probe, self.frame_rate = probe_encoder(encoder, device)
        self.dim = probe.shape[1]
        about = {"dim": self.dim, "frame_rate": self.frame_rate}
        check_probe(self.folder, probe, {**description, **about})
        self.file = FeatureFile(self.folder, self.dim)
        self.places = {}

    def build(self, rows, progressbar=True):
        """Computes the frames that are missing; after an interruption it goes on where it was.

        Arguments
        ---------
        rows : list of dict
            Manifest rows.
        progressbar : bool
            Whether to show one.

        Raises
        ------
        OSError
            When the disk cannot hold the features, before computing any.
        ValueError
            When frames are not finite, in float16.
        """
        self.file.reload()
        missing, moved = self._look_up(rows)
        if not missing and not moved:
            return
        with self.file.writing() as append:
            append([(record, None) for record in moved])
            # Meanwhile another process may have computed the rest
            missing, _ = self._look_up(missing)
            self._announce(rows, missing)
            self._compute(missing, append, progressbar)
        changed, _ = self._look_up(missing)
        if changed:
            raise ValueError(
                f"{changed[0]['wav']} changed while its features were "
                f"computed: run it again"
            )

    def __getitem__(self, utterance):
        """Reads the features of a whole utterance: float32 [T, D]."""
        return self.crop(utterance, 0, None)

    def __contains__(self, utterance):
        return utterance in self.places

    def __len__(self):
        return len(self.places)

    def crop(self, utterance, start, stop):
        """Reads frames [start, stop) of an utterance, and copies no others.

        Arguments
        ---------
        utterance : str
            Its ID.
        start : int
            First frame.
        stop : int or None
            One past the last frame; None for the end.

        Returns
        -------
        torch.Tensor
            float32 [T, D].
        """
        frames = self.file.read(self._place(utterance), start, stop)
        return torch.from_numpy(np.array(frames)).float()

    def frames(self, utterance):
        """Counts the frames of an utterance.

        Arguments
        ---------
        utterance : str
            Its ID.

        Returns
        -------
        int
        """
        return self._place(utterance)["frames"]

    def __getstate__(self):
        # Worker processes read; they need no encoder
        return {**self.__dict__, "encoder": None}

    def _place(self, utterance):
        if utterance not in self.places:
            raise KeyError(
                f"the features of {utterance!r} are not in {self.folder}: "
                f"build() the cache with its row first"
                f"{did_you_mean(utterance, self.places)}"
            )
        return self.places[utterance]

    def _look_up(self, rows):
        """Note where the features of rows are; return the rows that have none,
        and new records of those whose audio lies elsewhere than before."""
        places, missing, moved = look_up(self.file.records, rows)
        self.places.update(places)
        return missing, moved

    def _announce(self, rows, missing):
        """Says how large the features will be; refuses what the disk cannot hold."""
        seconds = sum(map(length_of, missing)) / SAMPLE_RATE
        size = 2 * self.dim * self.frame_rate * seconds  # bytes
        free = shutil.disk_usage(self.folder).free
        about = (
            f"features of {len(missing)} utterances ({seconds / 3600:.2f} h) "
            f"take about {_readable(size)}"
        )
        if size > free:
            raise OSError(
                f"{about}, and the disk of {self.folder} has "
                f"{_readable(free)} free: make room, or give another folder"
            )
        logger.info(
            f"The {about} in {self.folder}; {len(rows) - len(missing)} are "
            f"there already"
        )

    def _compute(self, rows, append, progressbar):
        """Encodes rows batch by batch and appends their frames."""
        with bar(
            what="features", unit="utterance", show=progressbar, total=len(rows)
        ) as counted:
            for batch in batches_of(rows, self.batch):
                stamps = [stamp_of(row) for row in batch]
                wavs = [samples_of(row) for row in batch]
                audio = [digest_of(wav) for wav in wavs]
                try:
                    features = encode(
                        self.encoder, wavs, self.window, self.device
                    )
                except ValueError as error:
                    names = ", ".join(row["ID"] for row in batch)
                    raise ValueError(f"encoding {names}: {error}") from error
                entries = [
                    ({"audio": name, **stamp}, in_float16(frames, row))
                    for name, stamp, frames, row in zip(
                        audio, stamps, features, batch
                    )
                ]
                append(entries)
                counted.update(len(batch))


def _readable(size):
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"
