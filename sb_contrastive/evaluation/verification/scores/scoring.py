"""Cosine scores of verification trials from the embeddings of their files.

All that can be computed once per file is; a trial costs one inner product.
"""

import numpy as np
import torch

CHUNK = 16384  # trials held at a time


def cosine_scores(embeddings, trials):
    """Computes the cosine of the two embeddings of each trial.

    With several segments per file, the score is the mean cosine of all pairs
    of segments. It needs no loop over pairs: (1/n^2) sum_ij <u_i, v_j> = <mean u,
    mean v> for unit vectors u_i, v_j, so each file becomes one vector before
    any trial is scored.

    Arguments
    ---------
    embeddings : numpy.ndarray
        Raw embeddings [N, D], or [N, n, D] for n segments of each file.
    trials : Trials
        Its `enrol` and `test` index the embeddings.

    Returns
    -------
    numpy.ndarray
        float32 [T], between -1 and 1 but for rounding.

    Raises
    ------
    ValueError
        If an embedding is zero or not finite, or there are too few of them.

    Example
    -------
    >>> from sb_contrastive.data.trials.trial_list import Trials
    >>> trials = Trials([True, False], np.array([0, 0]), np.array([1, 2]), "abc")
    >>> cosine_scores([[1.0, 0.0], [2.0, 0.0], [0.0, 3.0]], trials).tolist()
    [1.0, 0.0]
    """
    vectors = file_vectors(embeddings, "embedding", trials.files)
    enrol, test = trial_indices(trials, len(vectors))
    scores = torch.empty(len(enrol))
    for begin in range(0, len(scores), CHUNK):
        part = slice(begin, begin + CHUNK)
        pairs = vectors[enrol[part]] * vectors[test[part]]  # [R, D]
        scores[part] = pairs.sum(dim=1)
    return scores.numpy()


def file_vectors(embeddings, name, files=()):
    """Makes one vector for each file: the mean of its unit embeddings.

    Arguments
    ---------
    embeddings : numpy.ndarray
        Raw embeddings [N, D], or [N, n, D] for n segments of each file.
    name : str
        The name of one embedding in error messages.
    files : list of str
        The N files, where messages shall name them.

    Returns
    -------
    torch.Tensor
        float32 [N, D].

    Raises
    ------
    ValueError
        If an embedding is zero or not finite, or the shape is another.

    Example
    -------
    >>> file_vectors([[[3.0, 0.0], [0.0, 2.0]]], "embedding")
    tensor([[0.5000, 0.5000]])
    """
    z = torch.as_tensor(np.asarray(embeddings, dtype=np.float32))
    if z.ndim not in (2, 3) or z.numel() == 0:
        raise ValueError(
            f"{name}s must be [N, D], or [N, n, D] for n segments of each "
            f"file, got {list(z.shape)}"
        )
    z = z if z.ndim == 3 else z[:, None]  # [N, n, D]
    norm = torch.linalg.vector_norm(z, dim=-1, keepdim=True)  # [N, n, 1]
    bad = ~(norm.isfinite() & (norm > 0)).flatten(1).all(dim=1)
    if bad.any():
        first = int(bad.nonzero()[0])
        which = files[first] if len(files) == len(z) else f"number {first}"
        raise ValueError(
            f"{int(bad.sum())} of {len(z)} {name}s are zero or not finite, "
            f"the first that of {which}: they have no cosine"
        )
    return (z / norm).mean(dim=1)


def trial_indices(trials, N):
    """Returns the two index tensors [T] of trials between N embedded files.

    Arguments
    ---------
    trials : Trials
        Its `enrol` and `test` index the embeddings.
    N : int
        Number of embedded files.

    Returns
    -------
    enrol, test : torch.Tensor
        [T] each.

    Raises
    ------
    ValueError
        If a trial compares a file without embedding.
    """
    enrol = torch.tensor(np.asarray(trials.enrol))
    test = torch.tensor(np.asarray(trials.test))
    low = min(int(enrol.min()), int(test.min()))
    high = max(int(enrol.max()), int(test.max()))
    if low < 0 or high >= N:
        raise ValueError(
            f"the trials compare files {low} to {high}, but there are "
            f"embeddings of files 0 to {N - 1}: embed the rows of "
            "trial_rows(trials, ...), in their order"
        )
    return enrol, test
