"""Embeddings of several files, which stand for audio and encoder where trials are scored."""

import json
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.suggestions import did_you_mean

# Entries of an origin, in words; numbers of another encoder mean other things
WHAT = {
    "encoder": "two encoders",
    "segments": "other parts of the recordings (--segments)",
    "trim_silence_db": "silence cut otherwise (--trim_silence_db)",
}


class StoredEmbeddings(NamedTuple):
    """Holds the embeddings of one file or more.

    Arguments
    ---------
    rows : dict of str to list of dict
        File -> a row for each of its utterances, with `ID` and `wav`. `start`
        and `stop` are the place of the embedding, and no samples.
    embeddings : numpy.ndarray
        float32 [N, D] or [N, n, D], of all files.
    origin : dict
        See `origin_of`; empty where a file does not tell.
    """

    rows: dict
    embeddings: np.ndarray
    origin: dict

    def of(self, rows):
        """Return the embeddings of some of the rows, in their order."""
        return self.embeddings[[row["start"] for row in rows]]


def read_stored(paths):
    """Read embeddings that are to be compared with each other.

    Arguments
    ---------
    paths : list of (str or pathlib.Path)
        Files as `embed` writes them: `.npz` with `embeddings` and `ids`, and
        maybe `wavs` and `origin`.

    Returns
    -------
    StoredEmbeddings

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When a file holds something else, or two files do not go together:
        other shapes, encoders or segments.

    Example
    -------
    >>> path = getfixture("tmp_path") / "out.npz"
    >>> np.savez(path, embeddings=np.eye(2, dtype="float32"), ids=["a", "b"])
    >>> stored = read_stored([path])
    >>> stored.of(stored.rows[str(path)][1:]).tolist()
    [[0.0, 1.0]]
    """
    rows, parts, origins, N = {}, {}, {}, 0
    for path in dict.fromkeys(map(str, paths)):
        ids, wavs, parts[path], origins[path] = _read(path)
        rows[path] = [
            {"ID": i, "wav": wav, "start": n, "stop": n, SOURCE: f"{path}: {i}"}
            for n, (i, wav) in enumerate(zip(ids, wavs), start=N)
        ]
        N += len(ids)
    first, *others = parts
    for path in others:
        one, other = parts[first].shape[1:], parts[path].shape[1:]
        if one != other:
            raise ValueError(
                f"an embedding has {_size(one)} in {first} and {_size(other)} in "
                f"{path}: embed all files with one model"
            )
        check_origins(origins[first], origins[path], first, path)
    known = origins if all(origins.values()) else {first: {}}
    return StoredEmbeddings(
        rows, np.concatenate(list(parts.values())), known[first]
    )


def check_origins(one, other, first, second):
    """Refuse to compare embeddings of two origins.

    Arguments
    ---------
    one, other : dict
        See `origin_of`; what one of them does not tell is not compared.
    first, second : str
        What each is the origin of, for the message.

    Raises
    ------
    ValueError
        With what differs.

    Example
    -------
    >>> check_origins({"encoder": "ab"}, {"encoder": "cd"}, "a.npz", "b.npz")
    Traceback (most recent call last):
    ...
    ValueError: a.npz and b.npz are of two encoders: embed all files with one model and the same options
    """
    for key, what in WHAT.items():
        if key in one and key in other and one[key] != other[key]:
            raise ValueError(
                f"{first} and {second} are of {what}: embed all files with one "
                f"model and the same options"
            )


def _read(path):
    """Return ids, wavs, embeddings and origin of a file."""
    place = Path(path).expanduser()
    if not place.is_file():
        near = place.parent.iterdir() if place.parent.is_dir() else []
        raise FileNotFoundError(
            f"there are no embeddings {path}"
            + did_you_mean(place.name, [p.name for p in near])
        )
    try:
        with np.load(place, allow_pickle=False) as kept:
            found = {
                key: kept[key]
                for key in ("embeddings", "ids", "wavs", "origin")
                if key in kept
            }
        z = np.asarray(found["embeddings"], np.float32)
        ids = found["ids"].astype(str).tolist()
        origin = json.loads(str(found.get("origin", "{}")))
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        EOFError,
        OSError,
        zipfile.BadZipFile,
    ) as error:
        raise ValueError(
            f"{path} holds no embeddings as `embed` writes them, a .npz file "
            f"with the arrays embeddings [N, D] and ids [N]: {error}"
        ) from error
    if z.ndim not in (2, 3) or len(z) != len(ids) or not z.size:
        raise ValueError(
            f"{path} has embeddings {list(z.shape)} and {len(ids)} ids: it "
            f"needs embeddings [N, D], or [N, n, D], and N ids"
        )
    wavs = found["wavs"].astype(str).tolist() if "wavs" in found else ids
    return ids, wavs if len(wavs) == len(ids) else ids, z, origin


def _size(shape):
    return " x ".join(map(str, shape)) + " numbers"
