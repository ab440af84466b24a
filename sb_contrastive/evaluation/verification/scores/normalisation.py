"""Mean subtraction, standardisation and AS-norm: scores relative to a cohort of training utterances."""

import numpy as np
import torch

from sb_contrastive.evaluation.verification.scores.scoring import (
    file_vectors,
    trial_indices,
)

ROWS = 1024  # rows of the matrix of cohort cosines held at a time


def subtract_mean(embeddings, cohort):
    """Subtracts the mean embedding of a cohort, before any normalisation.

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
    cohort = _rows(embeddings, cohort)
    mean = cohort.mean(axis=0, dtype=np.float64)
    return (np.asarray(embeddings) - mean).astype(np.float32)


def standardise(embeddings, cohort):
    """Subtracts the mean of a cohort, and divides by its standard deviation:
    statistics of frames differ more between channels than between speakers.

    Arguments
    ---------
    embeddings, cohort
        See `subtract_mean`.

    Returns
    -------
    numpy.ndarray
        float32, in the shape of `embeddings`. A channel that is constant in the
        cohort is 0.

    Example
    -------
    >>> standardise(np.array([[3.0, 1.0]]), [[2.0, 0.0], [0.0, 0.0]]).tolist()
    [[2.0, 0.0]]
    """
    cohort = _rows(embeddings, cohort)
    deviation = cohort.std(axis=0, dtype=np.float64)
    centred = subtract_mean(embeddings, cohort)
    flat = deviation <= 1e-6 * np.abs(cohort).max(axis=0)
    scale = np.where(flat, 0.0, 1 / np.where(flat, 1.0, deviation))
    return (centred * scale).astype(np.float32)


def _rows(embeddings, cohort):
    """Return the cohort as [N, D], of the D of the embeddings."""
    D, cohort = np.shape(embeddings)[-1], np.asarray(cohort)
    if cohort.size == 0 or cohort.shape[-1] != D:
        raise ValueError(
            f"embeddings of {D} dimensions need the mean of at least one "
            f"embedding of as many, got {list(cohort.shape)}"
        )
    return cohort.reshape(-1, D)


def as_norm(scores, embeddings, trials, cohort, top=300):
    """Normalises scores by adaptive symmetric score normalisation (Matejka et
    al. 2017, https://doi.org/10.21437/Interspeech.2017-803, "S-norm" with the
    top of the cohort chosen for each side):

    s' = ((s - mu_e) / sd_e + (s - mu_t) / sd_t) / 2,

    where mu_e, sd_e are mean and standard deviation of the `top` highest
    scores of the enrolment file against the cohort, mu_t, sd_t those of the
    test file.

    Arguments
    ---------
    scores : numpy.ndarray
        [T], from `cosine_scores` of the same embeddings.
    embeddings : numpy.ndarray
        Raw embeddings [N, D] or [N, n, D], with a mean subtracted if the
        scores had it subtracted.
    trials : Trials
        Its `enrol` and `test` index the embeddings.
    cohort : numpy.ndarray
        Embeddings [M, D] or [M, n, D], treated in the same way: training
        utterances, or the means of pseudo-labelled clusters. No label is used.
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
    vectors = file_vectors(embeddings, "embedding")
    enrol, test = trial_indices(trials, len(vectors))
    mean, std = _cohort_statistics(vectors, cohort, top)
    s = torch.as_tensor(np.asarray(scores), dtype=torch.float32)
    if s.shape != enrol.shape:
        raise ValueError(f"{len(s)} scores but {len(enrol)} trials")
    normalised = (s - mean[enrol]) / std[enrol] + (s - mean[test]) / std[test]
    return (normalised / 2).numpy()


def _cohort_statistics(vectors, cohort, top):
    """Return mean and standard deviation [N] of the highest cohort scores."""
    cohort = file_vectors(cohort, "cohort embedding")  # [M, D]
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
