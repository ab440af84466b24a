"""Mean subtraction and AS-norm agree with loops over trials and cohort."""

import numpy as np
import pytest

from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.evaluation.verification.scores import normalisation
from sb_contrastive.evaluation.verification.scores.normalisation import (
    as_norm,
    standardise,
    subtract_mean,
)
from sb_contrastive.evaluation.verification.scores.scoring import cosine_scores
from tests.support.verification import all_ordered_pairs, random_embeddings

N, D = 12, 5


@pytest.fixture
def trials():
    return all_ordered_pairs(N)


def mean_cosine(a, b):
    """Mean cosine of all pairs of segments [n, D] of two files."""
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    return (a @ b.T).mean()


def test_mean_subtraction_by_hand(trials):
    z, cohort = [[3.0, 1.0], [0.0, 1.0]], [[1.0, 0.0], [1.0, 2.0]]
    assert subtract_mean(z, cohort).tolist() == [[2.0, 0.0], [-1.0, 0.0]]
    pair = Trials([True], np.array([0]), np.array([1]), ["a", "b"])
    assert cosine_scores(subtract_mean(z, cohort), pair).tolist() == [-1.0]


def test_mean_subtraction_undoes_a_common_offset(trials):
    z, cohort = random_embeddings(N, 4, D), random_embeddings(50, 4, D, seed=1)
    offset = np.arange(D) * 10
    np.testing.assert_allclose(
        cosine_scores(subtract_mean(z + offset, cohort + offset), trials),
        cosine_scores(subtract_mean(z, cohort), trials),
        atol=1e-5,
    )


def test_standardisation_undoes_offset_and_scale(trials):
    z, cohort = random_embeddings(N, 1, D), random_embeddings(50, 1, D, seed=1)
    offset, scale = np.arange(D) * 10, 10.0 ** np.arange(D)
    np.testing.assert_allclose(
        standardise(scale * z + offset, scale * cohort + offset),
        standardise(z, cohort),
        rtol=1e-3,
        atol=1e-3,
    )
    own = standardise(cohort, cohort).reshape(-1, D)
    np.testing.assert_allclose(own.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(own.std(axis=0), 1, atol=1e-5)
    flat = standardise(z + 5, np.full((3, D), 5.0))
    assert (flat == 0).all()  # a constant channel tells nothing


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("top", [2, 7, 20])
def test_as_norm_agrees_with_a_loop(trials, n, top, monkeypatch):
    monkeypatch.setattr(normalisation, "ROWS", 5)
    z, cohort = random_embeddings(N, n, D), random_embeddings(20, n, D, seed=1)
    expected = []
    for a, b in zip(*trials[1:3]):
        score, terms = mean_cosine(z[a], z[b]), []
        for side in (a, b):
            against = sorted(mean_cosine(z[side], c) for c in cohort)[-top:]
            sd = np.std(against, ddof=1)
            terms.append((score - np.mean(against)) / sd)
        expected.append(sum(terms) / 2)
    scores = cosine_scores(z, trials)
    found = as_norm(scores, z, trials, cohort, top)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(
        found.reshape(N, N), found.reshape(N, N).T, rtol=1e-5
    )


def test_as_norm_ignores_the_order_and_the_far_end_of_the_cohort(trials):
    z = abs(random_embeddings(N, D))
    cohort = abs(random_embeddings(30, D, seed=1))
    scores = cosine_scores(z, trials)
    expected = as_norm(scores, z, trials, cohort, top=5)
    far = np.concatenate([cohort[::-1], -np.ones((9, D))])
    found = as_norm(scores, z, trials, far, top=5)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_cohort_mistakes(trials):
    z, cohort = random_embeddings(N, D), random_embeddings(20, D, seed=1)
    scores = cosine_scores(z, trials)
    with pytest.raises(ValueError, match="top 300 of a cohort of 20"):
        as_norm(scores, z, trials, cohort)
    with pytest.raises(ValueError, match="top 1 of"):
        as_norm(scores, z, trials, cohort, top=1)
    with pytest.raises(ValueError, match="5 dimensions, those.* 4"):
        as_norm(scores, z, trials, cohort[:, 1:], top=5)
    with pytest.raises(ValueError, match="embedding 0 has the same score"):
        as_norm(scores, z, trials, cohort[[0] * 20], top=5)
    with pytest.raises(ValueError, match="143 scores but 144 trials"):
        as_norm(scores[1:], z, trials, cohort, top=5)
    for wrong in (cohort[:0], cohort[:, 1:]):
        with pytest.raises(ValueError, match="embeddings of 5 dimensions"):
            subtract_mean(z, wrong)
