"""Scores agree with loops over trials, segments and cohort."""

import itertools
import math

import numpy as np
import pytest

from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.evaluation.verification import scoring
from sb_contrastive.evaluation.verification.scoring import (
    as_norm,
    cosine_scores,
    subtract_mean,
)

N, D = 12, 5


@pytest.fixture
def trials():
    """All ordered pairs, a file with itself included."""
    enrol, test = np.indices((N, N)).reshape(2, -1)
    return Trials(enrol % 3 == test % 3, enrol, test, list(map(str, range(N))))


def random_embeddings(*shape, seed=0):
    return np.random.default_rng(seed).normal(0.3, 1, shape)


def cosine(a, b):
    dot = sum(x * y for x, y in zip(a, b))
    return dot / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def slow_score(a, b):
    """Mean cosine of all pairs of segments."""
    pairs = [cosine(x, y) for x, y in itertools.product(a, b)]
    return sum(pairs) / len(pairs)


@pytest.mark.parametrize("n", [1, 2, 10])
@pytest.mark.parametrize("chunk", [1, 7, 16384])
def test_pairwise_is_the_mean_over_all_pairs(trials, n, chunk, monkeypatch):
    monkeypatch.setattr(scoring, "CHUNK", chunk)
    z = random_embeddings(N, n, D)
    expected = [slow_score(z[a], z[b]) for a, b in zip(*trials[1:3])]
    scores = cosine_scores(z, trials)
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    if n == 1:
        np.testing.assert_array_equal(cosine_scores(z[:, 0], trials), scores)


def test_a_pair_has_one_score_whatever_its_order_and_scale(trials):
    z = random_embeddings(N, D)
    scores = cosine_scores(z, trials).reshape(N, N)
    np.testing.assert_array_equal(scores, scores.T)
    np.testing.assert_allclose(np.diag(scores), 1, atol=1e-6)
    scaled = z * np.logspace(-6, 6, N)[:, None]
    np.testing.assert_allclose(
        cosine_scores(scaled, trials).reshape(N, N), scores, atol=1e-6
    )


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


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("top", [2, 7, 20])
def test_as_norm_agrees_with_a_loop(trials, n, top, monkeypatch):
    monkeypatch.setattr(scoring, "ROWS", 5)
    z, cohort = random_embeddings(N, n, D), random_embeddings(20, n, D, seed=1)
    expected = []
    for a, b in zip(*trials[1:3]):
        score, terms = slow_score(z[a], z[b]), []
        for side in (a, b):
            against = sorted(slow_score(z[side], c) for c in cohort)[-top:]
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


def test_embedding_mistakes(trials):
    z = random_embeddings(N, D)
    for value in (0.0, np.nan, np.inf):
        bad = z.copy()
        bad[3] = value
        with pytest.raises(ValueError, match="1 of 12 .*first number 3"):
            cosine_scores(bad, trials)
    with pytest.raises(ValueError, match=r"must be \[N, D\].*got \[5\]"):
        cosine_scores(z[0], trials)
    with pytest.raises(ValueError, match="files 0 to 11, but.* 0 to 10"):
        cosine_scores(z[:-1], trials)
    negative = trials._replace(enrol=trials.enrol - 1)
    with pytest.raises(ValueError, match="files -1 to 11"):
        cosine_scores(z, negative)


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
