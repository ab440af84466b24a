"""Costs of log-likelihood ratios against closed forms and slow references."""

import numpy as np
import pytest

from sb_contrastive.evaluation import min_dcf
from sb_contrastive.evaluation.verification.calibration import (
    actual_dcf,
    cllr,
    min_cllr,
)


@pytest.fixture
def scores():
    rng = np.random.default_rng(0)
    return rng.normal(1, 1, 60).round(1), rng.normal(-1, 1, 90).round(1)


def test_cllr_of_one_answer_is_a_closed_form():
    assert cllr([0, 0], [0]) == pytest.approx(1)
    # ln 3 for targets, -ln 9 for non-targets: log2(4/3) and log2(10/9)
    expected = (np.log2(4 / 3) + np.log2(10 / 9)) / 2
    assert cllr([np.log(3)] * 5, [-np.log(9)] * 2) == pytest.approx(expected)
    # Nothing overflows, and wrong certainty costs 1000 / ln 2 bits
    assert cllr([1000], [-1000]) == 0
    assert cllr([-1000], [1000]) == pytest.approx(1000 / np.log(2))


def pooled(targets, nontargets):
    """Pool adjacent violators one by one, as the algorithm is written down."""
    both = [(s, 1) for s in targets] + [(s, 0) for s in nontargets]
    blocks = []
    for value in sorted({s for s, _ in both}):
        here = [label for s, label in both if s == value]
        blocks.append([sum(here), len(here)])
        while len(blocks) > 1 and (
            blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]
        ):
            own, count = blocks.pop()
            blocks[-1] = [blocks[-1][0] + own, blocks[-1][1] + count]
    P, N = len(targets), len(nontargets)
    bits = 0
    for own, count in blocks:
        other = count - own
        if own and other:
            odds = own / other / (P / N)
            bits += own / P * np.log2(1 + 1 / odds)
            bits += other / N * np.log2(1 + odds)
    return bits / 2


def test_min_cllr_is_that_of_pooling(scores):
    assert min_cllr(*scores) == pytest.approx(pooled(*scores))
    moved = [np.exp(side) * 3 - 7 for side in scores]  # the order stays
    assert min_cllr(*moved) == pytest.approx(min_cllr(*scores))
    assert min_cllr([1, 2], [-1, 0]) == 0
    assert min_cllr([0, 0], [0, 0, 0]) == pytest.approx(1)
    assert min_cllr(*scores) < cllr(*scores)


@pytest.mark.parametrize("prior", [0.01, 0.05, 0.5])
def test_the_actual_cost_counts_errors_of_the_bayes_threshold(scores, prior):
    threshold = np.log((1 - prior) / prior)
    misses = sum(s <= threshold for s in scores[0]) / 60
    alarms = sum(s > threshold for s in scores[1]) / 90
    expected = (prior * misses + (1 - prior) * alarms) / prior
    found = actual_dcf(*scores, p_target=prior)
    assert found == pytest.approx(expected)
    assert found >= min_dcf(*scores, p_target=prior)[0]
