"""Evens out the directions of embeddings, before they are clustered."""

import numpy as np

SHARE = 0.9  # of the variance, in the directions that are kept
CHUNK = 65536  # embeddings whose products are summed at a time


def whitened(embeddings, power):
    """Divide the principal directions of embeddings by a power of their
    standard deviation.

    Much of the variance of embeddings that were trained without labels is
    common to many speakers: their sex, and the channel. It fills few directions,
    which decide the cosines of pairs. Full whitening (`power` 1) raises the noise
    of the weak directions as well; in between, speakers are parted best
    (docs/pseudo_labels.md has figures).

    Arguments
    ---------
    embeddings : numpy.ndarray
        Raw embeddings [N, D], of no zero length.
    power : float
        0: as they are; 1: full whitening.

    Returns
    -------
    numpy.ndarray
        float32 [N, K], where the first K principal directions of the unit vectors, less
        their mean, hold nine tenths of the variance; the embeddings themselves
        where `power` is 0, or where they are all alike.

    Example
    -------
    >>> z = np.array([[3.0, 4.0], [3.0, -4.0], [-3.0, 4.0], [-3.0, -4.0]])
    >>> whitened(z, 1.0)[0].round(6).tolist()
    [1.0, 1.0]
    >>> whitened(z, 0.0) is z
    True
    """
    if power == 0:
        return embeddings
    # In single precision, and in place: a million embeddings take a gigabyte
    z = np.array(embeddings, dtype=np.float32)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    z -= z.mean(axis=0, dtype=np.float64).astype(np.float32)
    products = np.zeros((z.shape[1], z.shape[1]))
    for first in range(0, len(z), CHUNK):
        part = z[first : first + CHUNK].astype(np.float64)
        products += part.T @ part
    variances, directions = np.linalg.eigh(products / len(z))
    variances, directions = variances[::-1], directions[:, ::-1]
    if not variances[0] > 1e-12:
        return embeddings
    # The sign of a direction is arbitrary: its largest entry is made positive
    largest = np.abs(directions).argmax(axis=0)
    directions = directions * np.sign(directions[largest, range(len(largest))])
    shares = np.cumsum(variances) / variances.sum()
    K = int(np.searchsorted(shares, SHARE)) + 1
    scaled = directions[:, :K] / variances[:K] ** (power / 2)
    return z @ scaled.astype(np.float32)
