"""Frames of a frozen encoder, computed once and kept on the disk in float16."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import torch
from speechbrain.utils.logger import get_logger
from tqdm import tqdm

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.features.file import FeatureFile
from sb_contrastive.files import write_atomically
from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)

FORMAT = 1
SAMPLE_RATE = 16000


class FeatureCache:
    """Frames of utterances, read instead of computed.

    An entry belongs to the weights and layer of the encoder, which name its
    folder, and to the samples of the utterance, by their hash. `build` looks at
    each audio file (path, span, size, time of change; where one of them is new,
    the samples) and computes what is missing. Only what it has seen can be
    read: features of audio that has changed since are never used.

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
        batch_seconds=60.0,
        window_seconds=60.0,
    ):
        if not hasattr(encoder, "fingerprint"):
            raise TypeError(
                f"a cache is for frozen encoders, and {type(encoder).__name__} "
                f"may change: put it into a FrozenEncoder"
            )
        self.encoder = encoder
        self.device = device
        self.batch = round(batch_seconds * SAMPLE_RATE)
        self.window = round(window_seconds * SAMPLE_RATE)
        identity = {
            "format": FORMAT,
            "encoder": encoder.fingerprint(),
            "window_samples": self.window,
        }
        digest = hashlib.blake2b(json.dumps(identity).encode(), digest_size=8)
        self.folder = Path(folder) / digest.hexdigest()
        probe = self._probe()  # [T, D]
        self.dim = probe.shape[1]
        self._compare(probe, {**identity, "dim": self.dim})
        self.file = FeatureFile(self.folder, self.dim)
        self.places = {}

    def build(self, rows, progressbar=True):
        """Computes what is not there yet; interrupted, it goes on where it was.

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
        """Features of a whole utterance: float32 [T, D]."""
        return self.crop(utterance, 0, None)

    def __contains__(self, utterance):
        return utterance in self.places

    def __len__(self):
        return len(self.places)

    def crop(self, utterance, start, stop):
        """Frames [start, stop) of an utterance, the rest of which is not copied.

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
        """Number of frames of an utterance.

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

    def _probe(self):
        """Frames of two seconds of noise: what the encoder answers."""
        generator = torch.Generator().manual_seed(0)
        noise = 0.1 * torch.randn(1, 2 * SAMPLE_RATE, generator=generator)
        with torch.no_grad():
            frames = self.encoder.frames(noise.to(self.device))[0]
            half = self.encoder.frames(noise[:, :SAMPLE_RATE].to(self.device))
        self.frame_rate = frames.shape[1] - half[0].shape[1]  # per second
        return frames[0].float().cpu().numpy()

    def _compare(self, probe, about):
        """Weights do not tell everything: what settings and library versions
        change is seen in the frames."""
        path = self.folder / "probe.npy"
        if not path.is_file():
            text = json.dumps({**about, "frame_rate": self.frame_rate})
            write_atomically(
                self.folder / "encoder.json", lambda p: p.write_text(text)
            )

            def write(partial):
                with open(partial, "wb") as file:
                    np.save(file, probe, allow_pickle=False)

            write_atomically(path, write)
            return
        before = np.load(path, allow_pickle=False)
        same = before.shape == probe.shape
        # Devices and batches differ by less than float16 does
        if not same or np.linalg.norm(before - probe) > 0.01 * np.linalg.norm(
            before
        ):
            raise ValueError(
                f"the encoder has the weights that the features in "
                f"{self.folder} were computed with, but gives other frames: "
                f"its settings or a library have changed; delete that folder"
            )

    def _look_up(self, rows):
        """Notes where the features of the rows are; returns the rows that have
        none, and new records of those whose audio is elsewhere than it was."""
        known = {_span(r): r for r in self.file.records}
        audio = {r["audio"]: r for r in self.file.records}
        lengths = {(r["size"], _length(r)) for r in self.file.records}
        missing, moved = [], []
        for row in rows:
            stamp = _stamp(row)
            record = known.get(_span(stamp), {})
            if not stamp.items() <= record.items():
                record = None
                # Moved, copied or touched audio is as long as it was: only
                # then is it worth a look inside
                if (stamp["size"], _length(stamp)) in lengths:
                    record = audio.get(_hash(_samples(row)))
                if record is None:
                    missing.append(row)
                    continue
                record = {**record, **stamp}
                moved.append(record)
            self.places[row["ID"]] = record
        return missing, moved

    def _announce(self, rows, missing):
        seconds = sum(map(_length, missing)) / SAMPLE_RATE
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
        with tqdm(
            total=len(rows),
            unit="utt",
            disable=None if progressbar else True,  # None: where no terminal is
            dynamic_ncols=True,
        ) as bar:
            for batch in _batches(rows, self.batch):
                stamps = [_stamp(row) for row in batch]
                wavs = [_samples(row) for row in batch]
                audio = [_hash(wav) for wav in wavs]
                try:
                    features = self._encode(wavs)
                except ValueError as error:
                    names = ", ".join(row["ID"] for row in batch)
                    raise ValueError(f"encoding {names}: {error}") from error
                entries = [
                    ({"audio": name, **stamp}, _half(frames, row))
                    for name, stamp, frames, row in zip(
                        audio, stamps, features, batch
                    )
                ]
                append(entries)
                bar.update(len(batch))

    @torch.no_grad()
    def _encode(self, wavs):
        """Frames [T, D] of each waveform."""
        longest = max(len(wav) for wav in wavs)
        if longest > self.window:
            return [
                torch.cat(
                    [self._encode([w])[0] for w in _windows(wav, self.window)]
                )
                for wav in wavs
            ]
        padded = torch.zeros(len(wavs), longest)
        for row, wav in zip(padded, wavs):
            row[: len(wav)] = torch.from_numpy(wav)
        lens = torch.tensor([len(wav) / longest for wav in wavs])
        frames, shares = self.encoder.frames(
            padded.to(self.device), lens.to(self.device)
        )
        counts = torch.round(shares * frames.shape[1]).int().tolist()
        return [row[:count].cpu() for row, count in zip(frames, counts)]


def _stamp(row):
    """What tells without reading it whether an utterance is still the same."""
    state = os.stat(row["wav"])
    return {
        "wav": str(row["wav"]),
        "start": int(row["start"]),
        "stop": int(row["stop"]),
        "size": state.st_size,
        "mtime_ns": state.st_mtime_ns,
    }


def _span(stamp):
    return stamp["wav"], stamp["start"], stamp["stop"]


def _length(row):
    return int(row["stop"]) - int(row["start"])


def _samples(row):
    return read_span(row["wav"], int(row["start"]), int(row["stop"]))


def _hash(wav):
    return hashlib.blake2b(wav, digest_size=16).hexdigest()


def _batches(rows, samples):
    """Rows in passes of similar length, the longest first: if the memory is
    too small for one of them, that shows at once."""
    batch, longest = [], 0
    for row in sorted(rows, key=_length, reverse=True):
        longest = longest or _length(row)
        if batch and longest * (len(batch) + 1) > samples:
            yield batch
            batch, longest = [], _length(row)
        batch.append(row)
    if batch:
        yield batch


def _windows(wav, length):
    """Pieces of equal length, so that the last is not a scrap."""
    count = -(-len(wav) // length)
    edges = np.linspace(0, len(wav), count + 1).astype(int)
    return [wav[a:b] for a, b in zip(edges[:-1], edges[1:])]


def _half(frames, row):
    half = frames.half()
    if not torch.isfinite(half).all():
        largest = frames.abs().max().item()
        raise ValueError(
            f"the features of {row['ID']} ({row['wav']}) are not finite in "
            f"float16, which ends at 65504: the largest is {largest:g}"
        )
    return half.numpy()


def _readable(size):
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"
