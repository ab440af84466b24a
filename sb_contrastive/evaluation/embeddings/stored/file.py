"""Writes embeddings to a .npz file while they are computed, and reads them."""

import zipfile

import numpy as np

from sb_contrastive.files import write_atomically


def write_embeddings(path, ids, wavs, blocks, origin=None):
    """Write a file from which `numpy.load` reads `embeddings`, `ids` and `wavs`.

    A .npz file is a ZIP of .npy files, and the header of a .npy file needs only
    the shape of the array, so no more than one block is in memory.

    Arguments
    ---------
    path : str or pathlib.Path
        The file; an interrupted write leaves no partial file.
    ids : list of str
        Names of the N utterances.
    wavs : list of str
        Paths of their files.
    blocks : iterable of numpy.ndarray
        Embeddings [b, D] or [b, n, D], float32, N in all.
    origin : str, optional
        What has made them, see `origin_of`; it becomes the array `origin`.

    Returns
    -------
    tuple of int
        Shape of the embeddings.

    Raises
    ------
    ValueError
        When the blocks hold another number of embeddings.

    Example
    -------
    >>> path = getfixture("tmp_path") / "out.npz"
    >>> blocks = [np.ones((2, 4), "float32"), np.zeros((1, 4), "float32")]
    >>> write_embeddings(path, list("abc"), ["a.wav", "b.wav", "c.wav"], blocks)
    (3, 4)
    >>> np.load(path)["embeddings"].sum(axis=1).tolist()
    [4.0, 4.0, 0.0]
    """
    shape = []

    def write(partial):
        # numpy.savez would add .npz to the temporary name
        with zipfile.ZipFile(partial, "w") as archive:
            shape.extend(_write_blocks(archive, len(ids), blocks))
            texts = {"ids": ids, "wavs": wavs}
            if origin is not None:
                texts["origin"] = origin
            for name, values in texts.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, np.array(values, str))

    write_atomically(path, write)
    return tuple(shape)


def read_embeddings(path):
    """Read a file that `write_embeddings` has written.

    Arguments
    ---------
    path : str or pathlib.Path
        The file.

    Returns
    -------
    ids, wavs : list of str
        Names of the N utterances, and the paths of their files.
    embeddings : numpy.ndarray
        float32 [N, D].

    Example
    -------
    >>> path = getfixture("tmp_path") / "out.npz"
    >>> _ = write_embeddings(path, ["a"], ["a.wav"], [np.ones((1, 4))])
    >>> ids, wavs, z = read_embeddings(path)
    >>> ids, wavs, z.shape
    (['a'], ['a.wav'], (1, 4))
    """
    with np.load(path, allow_pickle=False) as kept:
        z = kept["embeddings"]
        return kept["ids"].tolist(), kept["wavs"].tolist(), z


def _write_blocks(archive, N, blocks):
    written, shape = 0, ()
    with archive.open("embeddings.npy", "w", force_zip64=True) as file:
        for block in blocks:
            block = np.ascontiguousarray(block, dtype=np.float32)
            if not shape:
                shape = (N, *block.shape[1:])
                header = {
                    "descr": np.lib.format.dtype_to_descr(block.dtype),
                    "fortran_order": False,
                    "shape": shape,
                }
                np.lib.format.write_array_header_1_0(file, header)
            file.write(block.data)
            written += len(block)
    if written != N:
        raise ValueError(f"{N} utterances but {written} embeddings")
    return shape
