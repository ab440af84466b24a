"""Scores of verification trials from embeddings: cosine, mean subtraction and
AS-norm.

Whatever can be computed once for a file is; a trial costs one inner product.
"""

import numpy as np
import torch

# trials, or rows of the matrix of cohort cosines, held at a time
CHUNK = 16384
ROWS = 1024


def cosine_scores(embeddings, trials):
    """Cosine of the two embeddings of each trial.

    With several segments to a file, it is the mean cosine of all pairs of
    segments. That is no loop over pairs: (1/n^2) sum_ij <u_i, v_j> = <mean u,
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
    vectors = _file_vectors(embeddings, "embedding")
    enrol, test = _indices(trials, len(vectors))
    scores = torch.empty(len(enrol))
    for begin in range(0, len(scores), CHUNK):
        part = slice(begin, begin + CHUNK)
        pairs = vectors[enrol[part]] * vectors[test[part]]  # [R, D]
        scores[part] = pairs.sum(dim=1)
    return scores.numpy()


def subtract_mean(embeddings, cohort):
    """Moves the origin to the mean of a cohort, before any normalisation.

    Arguments
    ---------
    embeddings : numpy.ndarray
        Raw embeddings [..., D].
    cohort : numpy.ndarray
        Raw embeddings [..., D] of training utterances, never of test files.

    Returns
    -------
    numpy.ndarray
        float32, in the shape of `embeddings`.

    Example
    -------
    >>> subtract_mean(np.array([[3.0, 1.0]]), [[2.0, 0.0], [0.0, 2.0]]).tolist()
    [[2.0, 0.0]]
    """
    embeddings, cohort = np.asarray(embeddings), np.asarray(cohort)
    D = embeddings.shape[-1]
    if cohort.size == 0 or cohort.shape[-1] != D:
        raise ValueError(
            f"embeddings of {D} dimensions need the mean of at least one "
            f"embedding of as many, got {list(cohort.shape)}"
        )
    mean = cohort.reshape(-1, D).mean(axis=0, dtype=np.float64)
    return (embeddings - mean).astype(np.float32)


def as_norm(scores, embeddings, trials, cohort, top=300):
    """Adaptive symmetric score normalisation (Matejka et al. 2017,
    https://doi.org/10.21437/Interspeech.2017-803, "S-norm" with the top of the
    cohort chosen for each side):

    s' = ((s - mu_e) / sd_e + (s - mu_t) / sd_t) / 2,

    where mu_e, sd_e are mean and standard deviation of the `top` highest
    scores of the enrolment file against the cohort, mu_t, sd_t those of the
    test file.

    Arguments
    ---------
    scores : numpy.ndarray
        [T], from `cosine_scores` of the same embeddings.
    embeddings : numpy.ndarray
        Raw embeddings [N, D] or [N, n, D], from which a mean is subtracted if
        it was for the scores.
    trials : Trials
        Its `enrol` and `test` index the embeddings.
    cohort : numpy.ndarray
        Embeddings [M, D] or [M, n, D] treated alike: training utterances, or
        the means of pseudo-labelled clusters. Nobody's label is used.
    top : int
        How many cohort scores count.

    Returns
    -------
    numpy.ndarray
        float32 [T].

    Raises
    ------
    ValueError
        If the cohort is smaller than `top`, or the cohort scores of a file do
        not differ.

    Example
    -------
    >>> from sb_contrastive.data.trials.trial_list import Trials
    >>> trials = Trials([True], np.array([0]), np.array([1]), "ab")
    >>> z = np.eye(2)
    >>> cohort = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]
    >>> f"{as_norm([0.0], z, trials, cohort, top=2)[0]:.4f}"
    '-0.7071'
    """
    vectors = _file_vectors(embeddings, "embedding")
    enrol, test = _indices(trials, len(vectors))
    mean, std = _cohort_statistics(vectors, cohort, top)
    s = torch.as_tensor(np.asarray(scores), dtype=torch.float32)
    if s.shape != enrol.shape:
        raise ValueError(f"{len(s)} scores but {len(enrol)} trials")
    normalised = (s - mean[enrol]) / std[enrol] + (s - mean[test]) / std[test]
    return (normalised / 2).numpy()


def _cohort_statistics(vectors, cohort, top):
    """Mean and deviation [N] of the highest scores against the cohort."""
    cohort = _file_vectors(cohort, "cohort embedding")  # [M, D]
    if cohort.shape[1] != vectors.shape[1]:
        raise ValueError(
            f"embeddings have {vectors.shape[1]} dimensions, those of the "
            f"cohort {cohort.shape[1]}"
        )
    if not 2 <= top <= len(cohort):
        raise ValueError(
            f"AS-norm takes the top {top} of a cohort of {len(cohort)}; give "
            "it at least two, and no more than there are"
        )
    # a sample's deviation (n - 1), as in SpeechBrain's verification recipe
    parts = [
        torch.std_mean((block @ cohort.T).topk(top, dim=1)[0], dim=1)
        for block in vectors.split(ROWS)
    ]
    std, mean = (torch.cat(values) for values in zip(*parts))
    same = (std < 1e-6).nonzero().flatten()
    if len(same):
        raise ValueError(
            f"embedding {int(same[0])} has the same score against all of its "
            f"{top} nearest cohort embeddings: is a file repeated in the "
            "cohort, or has the encoder collapsed?"
        )
    return mean, std


def _file_vectors(embeddings, what):
    """One vector for each file [N, D]: the mean of its unit embeddings."""
    z = torch.as_tensor(np.asarray(embeddings, dtype=np.float32))
    if z.ndim not in (2, 3) or z.numel() == 0:
        raise ValueError(
            f"{what}s must be [N, D], or [N, n, D] for n segments of each "
            f"file, got {list(z.shape)}"
        )
    z = z if z.ndim == 3 else z[:, None]  # [N, n, D]
    norm = torch.linalg.vector_norm(z, dim=-1, keepdim=True)  # [N, n, 1]
    bad = ~(norm.isfinite() & (norm > 0)).flatten(1).all(dim=1)
    if bad.any():
        raise ValueError(
            f"{int(bad.sum())} of {len(z)} {what}s are zero or not finite, "
            f"first number {int(bad.nonzero()[0])}: they have no cosine"
        )
    return (z / norm).mean(dim=1)


def _indices(trials, N):
    enrol = torch.as_tensor(np.asarray(trials.enrol))
    test = torch.as_tensor(np.asarray(trials.test))
    low = min(int(enrol.min()), int(test.min()))
    high = max(int(enrol.max()), int(test.max()))
    if low < 0 or high >= N:
        raise ValueError(
            f"the trials compare files {low} to {high}, but there are "
            f"embeddings of files 0 to {N - 1}: embed the rows of "
            "trial_rows(trials, ...), in their order"
        )
    return enrol, test
