"""Cosine scores agree with loops over trials and segments."""

import itertools
import math

import numpy as np
import pytest

from sb_contrastive.evaluation.verification.scores import scoring
from sb_contrastive.evaluation.verification.scores.scoring import cosine_scores
from tests.support.verification import all_ordered_pairs, random_embeddings

N, D = 12, 5


@pytest.fixture
def trials():
    return all_ordered_pairs(N)


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


def test_embedding_mistakes(trials):
    z = random_embeddings(N, D)
    for value in (0.0, np.nan, np.inf):
        bad = z.copy()
        bad[3] = value
        with pytest.raises(ValueError, match="1 of 12 .*first that of 3"):
            cosine_scores(bad, trials)
    with pytest.raises(ValueError, match=r"must be \[N, D\].*got \[5\]"):
        cosine_scores(z[0], trials)
    with pytest.raises(ValueError, match="files 0 to 11, but.* 0 to 10"):
        cosine_scores(z[:-1], trials)
    negative = trials._replace(enrol=trials.enrol - 1)
    with pytest.raises(ValueError, match="files -1 to 11"):
        cosine_scores(z, negative)
