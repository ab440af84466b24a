import random

import numpy as np
import pytest
import torch
from speechbrain.utils.metric_stats import EER, minDCF

from sb_contrastive.evaluation.verification.error_rates import eer, min_dcf

SIZES = [(1, 1), (1, 7), (5, 3), (40, 40), (37, 90)]


def tied_scores(count):
    """Pairs of short lists of few distinct values: ties are the rule."""
    generator = random.Random(0)
    for _ in range(count):
        yield tuple(
            [generator.randint(-3, 3) for _ in range(generator.randint(1, 12))]
            for _ in range(2)
        )


def all_cuts(positive, negative):
    """(miss rate, false alarm rate) at every threshold, one by one."""
    values = sorted({*positive, *negative})
    for threshold in [values[0] - 1, *values]:
        miss = sum(s <= threshold for s in positive) / len(positive)
        alarm = sum(s > threshold for s in negative) / len(negative)
        yield miss, alarm


def slow_eer(positive, negative):
    cuts = list(all_cuts(positive, negative))
    nearest = min(abs(miss - alarm) for miss, alarm in cuts)
    # equally near cuts are averaged; 1e-9: rates are fractions of counts
    means = [
        (miss + alarm) / 2
        for miss, alarm in cuts
        if abs(abs(miss - alarm) - nearest) < 1e-9
    ]
    return sum(means) / len(means)


def slow_min_dcf(positive, negative, p, c_miss, c_fa):
    cost = min(
        c_miss * p * miss + c_fa * (1 - p) * alarm
        for miss, alarm in all_cuts(positive, negative)
    )
    return cost / min(c_miss * p, c_fa * (1 - p))


def random_scores(P, N, seed=0):
    generator = torch.Generator().manual_seed(seed)
    positive = torch.randn(P, generator=generator) + 1
    return positive, torch.randn(N, generator=generator)


@pytest.mark.parametrize("P, N", [(40, 40), (37, 90), (101, 64)])
@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_speechbrain(P, N, seed):
    positive, negative = random_scores(P, N, seed)
    assert eer(positive, negative)[0] == pytest.approx(
        EER(positive, negative)[0], abs=1e-6
    )
    for p in (0.01, 0.05):
        theirs = minDCF(positive, negative, p_target=p)[0]
        ours = min_dcf(positive, negative, p_target=p)[0]
        assert ours == pytest.approx(theirs / p, abs=1e-5)


def test_agrees_with_a_loop_over_thresholds_when_scores_tie():
    for positive, negative in tied_scores(500):
        assert eer(positive, negative)[0] == pytest.approx(
            slow_eer(positive, negative), abs=1e-9
        )
        for costs in [(0.01, 1, 1), (0.05, 10, 1), (0.5, 1, 3), (0.9, 2, 1)]:
            cost = min_dcf(positive, negative, *costs)[0]
            expected = slow_min_dcf(positive, negative, *costs)
            assert cost == pytest.approx(expected, abs=1e-9)


def test_symmetries_of_the_eer():
    for positive, negative in tied_scores(500):
        rate = eer(positive, negative)[0]
        flipped = eer([-s for s in negative], [-s for s in positive])[0]
        assert flipped == pytest.approx(rate, abs=1e-12)
        assert eer(negative, positive)[0] == pytest.approx(1 - rate, abs=1e-12)


@pytest.mark.parametrize("P, N", SIZES)
def test_order_and_increasing_maps_change_nothing(P, N):
    positive, negative = (s.double().numpy() for s in random_scores(P, N))
    rate, cost = eer(positive, negative)[0], min_dcf(positive, negative)[0]
    for change in (np.exp, lambda s: 3 * s - 7, lambda s: s[::-1]):
        changed = change(positive), change(negative)
        assert eer(*changed)[0] == rate
        assert min_dcf(*changed)[0] == cost


@pytest.mark.parametrize("P, N", SIZES)
def test_equal_scores_are_chance(P, N):
    rate, threshold = eer(np.full(P, 0.3), np.full(N, 0.3))
    assert (rate, threshold) == (0.5, 0.3)
    assert min_dcf(np.full(P, 0.3), np.full(N, 0.3))[0] == pytest.approx(1)


def test_separated_and_inverted_scores():
    low, high = [0.1, 0.2], [0.7, 0.9, 0.8]
    rate, threshold = eer(high, low)
    assert rate == 0 and 0.2 < threshold < 0.7
    cost, threshold = min_dcf(high, low)
    assert cost == 0 and 0.2 < threshold < 0.7
    assert eer(low, high)[0] == 1
    assert min_dcf(low, high)[0] == pytest.approx(1)


@pytest.mark.parametrize("P, N", [(40, 40), (60, 30)])
def test_thresholds_reproduce_the_rates(P, N):
    positive, negative = (s.double().numpy() for s in random_scores(P, N))
    rate, threshold = eer(positive, negative)
    miss = (positive <= threshold).mean()
    alarm = (negative > threshold).mean()
    assert (miss + alarm) / 2 == pytest.approx(rate)
    cost, threshold = min_dcf(positive, negative, p_target=0.05)
    miss = (positive <= threshold).mean()
    alarm = (negative > threshold).mean()
    assert (0.05 * miss + 0.95 * alarm) / 0.05 == pytest.approx(cost)


def test_neighbouring_floats_are_still_separated():
    low = 1.0
    high = float(np.nextafter(low, 2))
    rate, threshold = eer([high], [low])
    assert rate == 0 and low <= threshold < high


def test_accept_all_is_among_the_decisions():
    # misses are dear: accepting everybody costs c_fa (1 - p), normalised to 1
    cost, threshold = min_dcf([0.0], [1.0], p_target=0.99)
    assert cost == pytest.approx(1) and threshold < 0.0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_takes_tensors_of_any_precision_and_with_gradient(dtype):
    positive, negative = random_scores(40, 40)
    positive = positive.to(dtype).requires_grad_()
    negative = negative.to(dtype)
    expected = eer(positive.tolist(), negative.tolist())
    assert eer(positive, negative) == expected


@pytest.mark.parametrize("metric", [eer, min_dcf])
def test_user_mistakes(metric):
    with pytest.raises(ValueError, match="positive_scores is empty"):
        metric([], [0.1])
    with pytest.raises(ValueError, match="negative_scores is empty"):
        metric([0.1], torch.tensor([]))
    with pytest.raises(ValueError, match="1 of 2 negative_scores"):
        metric([0.1], [0.2, float("nan")])


@pytest.mark.parametrize(
    "wrong", [{"p_target": 0}, {"p_target": 1}, {"c_miss": 0}, {"c_fa": -1}]
)
def test_impossible_costs(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        min_dcf([1.0], [0.0], **wrong)
