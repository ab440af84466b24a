"""Keeps one vector for each utterance on the disk, in float32."""

import hashlib
import json
from pathlib import Path

import numpy as np
import torch

from sb_contrastive.data.features.audio_identity import (
    digest_of,
    samples_of,
    stamp_of,
)
from sb_contrastive.data.features.encoder_identity import check_probe
from sb_contrastive.data.features.file import FeatureFile
from sb_contrastive.data.features.lookup import look_up
from sb_contrastive.progress import bar

FORMAT = 1
SAMPLE_RATE = 16000
WRITTEN = 32  # vectors that are written at a time, hence lost at most


class VectorCache:
    """Gives vectors of utterances that were computed once.

    As in a `FeatureCache`, an entry belongs to whatever describes utterances,
    which names the folder, and to the samples of the utterance.

    Arguments
    ---------
    folder : str or pathlib.Path
        Where caches are; each source of vectors has a folder of its own in it.
    source : object
        `dim`, the size D of a vector; `identity()`, a dict of all that decides
        which vectors come out; and `vector(wav)`, from samples [S] to [D].

    Example
    -------
    >>> import soundfile
    >>> class Loudness:
    ...     dim = 1
    ...     def identity(self):
    ...         return {"kind": "loudness"}
    ...     def vector(self, wav):
    ...         return [np.abs(wav).max()]
    >>> folder = getfixture("tmp_path")
    >>> wav = str(folder / "a.wav")
    >>> soundfile.write(wav, np.tile([0.5, -0.5], 8000), SAMPLE_RATE)
    >>> row = {"ID": "a", "wav": wav, "start": 0, "stop": 16000}
    >>> cache = VectorCache(folder, Loudness())
    >>> cache.build([row], progressbar=False)
    >>> cache.read([row]).round(3)
    array([[0.5]], dtype=float32)
    """

    def __init__(self, folder, source):
        self.source = source
        description = {"format": FORMAT, **source.identity()}
        text = json.dumps(description, sort_keys=True)
        name = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
        self.folder = Path(folder) / f"vectors_{name}"
        noise = torch.Generator().manual_seed(0)
        noise = 0.1 * torch.randn(2 * SAMPLE_RATE, generator=noise)
        # Weights do not tell everything: settings show in a vector of noise
        probe = np.asarray(source.vector(noise.numpy()), "<f4")[None]
        check_probe(self.folder, probe, description)
        self.file = FeatureFile(self.folder, source.dim, "<f4")

    def build(self, rows, progressbar=True):
        """Compute the vectors that are missing; after an interruption it goes on
        where it was.

        Arguments
        ---------
        rows : list of dict
            Manifest rows.
        progressbar : bool
            Whether to show one.

        Raises
        ------
        ValueError
            When a vector is not finite.
        """
        self.file.reload()
        _, missing, moved = look_up(self.file.records, rows)
        if not missing and not moved:
            return
        with self.file.writing() as append:
            append([(record, None) for record in moved])
            # Meanwhile another process may have computed the rest
            _, missing, _ = look_up(self.file.records, missing)
            with bar(
                what="features",
                unit="utterance",
                show=progressbar,
                total=len(missing),
            ) as counted:
                for first in range(0, len(missing), WRITTEN):
                    some = missing[first : first + WRITTEN]
                    append([self._entry(row) for row in some])
                    counted.update(len(some))

    def read(self, rows):
        """Read the vectors of rows.

        Arguments
        ---------
        rows : list of dict
            Manifest rows, with which the cache was built.

        Returns
        -------
        numpy.ndarray
            float32 [N, D].
        """
        self.file.reload()
        places, missing, _ = look_up(self.file.records, rows)
        if missing:
            raise KeyError(
                f"the vector of {missing[0]['ID']!r} is not in {self.folder}: "
                f"build() the cache with its row first"
            )
        vectors = [self.file.read(places[r["ID"]], 0, 1)[0] for r in rows]
        return np.stack(vectors) if vectors else np.zeros((0, self.source.dim))

    def _entry(self, row):
        """Compute the vector of a row, and its record."""
        stamp, wav = stamp_of(row), samples_of(row)
        vector = np.asarray(self.source.vector(wav), "<f4")[None]
        if not np.isfinite(vector).all():
            raise ValueError(
                f"the vector of {row['ID']} ({row['wav']}) is not finite: "
                f"leave the file out"
            )
        return {"audio": digest_of(wav), **stamp}, vector
