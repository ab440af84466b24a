"""Schedules: end points, shape, and the formulas of the paper."""

import math

import pytest

from sb_contrastive.schedules import (
    Cosine,
    LinearThenConstant,
    StepDecay,
    WarmupCosine,
)

GRID = [i / 200 for i in range(201)]


def steps(schedule):
    values = [schedule(p) for p in GRID]
    return [b - a for a, b in zip(values, values[1:])]


@pytest.mark.parametrize("m0, total", [(0.996, 560000), (0.98, 7), (0.5, 1)])
def test_cosine_is_the_momentum_of_the_paper(m0, total):
    schedule = Cosine(m0, 1.0)
    for i in {0, 1, total // 3, total // 2, total}:
        paper = 1 - (1 - m0) * (1 + math.cos(math.pi * i / total)) / 2
        assert schedule(i / total) == pytest.approx(paper, abs=1e-12)


def test_cosine_ends_exactly():
    # At 1.0 the teacher stands still; 0.9999999 would not do
    assert Cosine(0.996, 1.0)(0) == 0.996
    assert Cosine(0.996, 1.0)(1) == 1.0


@pytest.mark.parametrize("start, end", [(0.996, 1.0), (0.5, 0.1)])
def test_cosine_is_monotone(start, end):
    assert all(step * (end - start) > 0 for step in steps(Cosine(start, end)))


@pytest.mark.parametrize("m", [0.05, 0.1, 0.4])
def test_cosine_until_half_is_the_ramp_of_a_margin(m):
    margin = Cosine(0.0, m, until=0.5)
    for p in GRID:
        ramp = m / 2 * (1 - math.cos(2 * math.pi * p)) if p <= 0.5 else m
        assert margin(p) == pytest.approx(ramp, abs=1e-12)
    assert all(margin(p) == m for p in GRID[100:])


def test_warmup_is_linear_then_falls():
    rate = WarmupCosine(peak=2.0, final=0.5, warmup=0.25)
    assert rate(0) == 0
    assert rate(0.125) == pytest.approx(1.0)
    assert rate(0.25) == pytest.approx(2.0)
    assert rate(0.625) == pytest.approx((2.0 + 0.5) / 2)  # half of the cosine
    assert rate(1) == pytest.approx(0.5)
    signs = [step > 0 for step in steps(rate)]
    assert signs == [True] * 50 + [False] * 150


def test_warmup_joins_the_cosine_without_a_jump():
    rate = WarmupCosine(peak=1.0, warmup=0.1)
    assert rate(0.1 - 1e-9) == pytest.approx(rate(0.1), abs=1e-6)


def test_no_warmup_starts_at_the_peak():
    assert WarmupCosine(peak=3.0)(0) == 3.0


def test_cosine_part_is_the_textbook_formula():
    rate = WarmupCosine(peak=1.0, final=0.1, warmup=0.2)
    for p in (0.2, 0.3, 0.5, 0.77, 1.0):
        share = (p - 0.2) / 0.8
        expected = 0.1 + 0.5 * 0.9 * (1 + math.cos(math.pi * share))
        assert rate(p) == pytest.approx(expected)


def test_linear_then_constant():
    temperature = LinearThenConstant(0.04, 0.07, until=0.2)
    assert temperature(0) == 0.04
    assert temperature(0.1) == pytest.approx(0.055)
    assert temperature(0.2) == temperature(0.5) == temperature(1) == 0.07
    assert LinearThenConstant(0.04, 0.07, until=0)(0) == 0.07
    assert all(step >= -1e-15 for step in steps(temperature))


@pytest.mark.parametrize("epochs, every, steps", [(150, 5, 7), (200, 10, 461)])
def test_a_rate_falls_with_the_first_step_of_every_fifth_epoch(
    epochs, every, steps
):
    rate = StepDecay(1e-3, 0.95, every / epochs)
    for epoch in range(epochs):
        for step in (0, steps - 1):
            progress = (epoch * steps + step) / (epochs * steps)
            expected = 1e-3 * 0.95 ** (epoch // every)
            assert rate(progress) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("every", [0, -0.1])
def test_a_step_takes_some_time(every):
    with pytest.raises(ValueError, match="above 0"):
        StepDecay(1.0, 0.5, every)


@pytest.mark.parametrize(
    "schedule",
    [
        WarmupCosine(1.0, 0.1, 0.2),
        Cosine(0.9, 1.0),
        Cosine(0.0, 0.1, until=0.3),
        LinearThenConstant(0.04, 0.07, 0.2),
        LinearThenConstant(0.04, 0.07, 1),
        StepDecay(1e-3, 0.95, 5 / 150),
    ],
)
def test_progress_is_clamped(schedule):
    assert schedule(-0.5) == schedule(0)
    assert schedule(1.5) == schedule(1)


@pytest.mark.parametrize("warmup", [-0.1, 1, 5])
def test_impossible_warmups_are_refused(warmup):
    with pytest.raises(ValueError, match=r"\[0, 1\)"):
        WarmupCosine(1.0, warmup=warmup)


@pytest.mark.parametrize("until", [-0.1, 1.1])
def test_impossible_ends_are_refused(until):
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        LinearThenConstant(0.04, 0.07, until)


@pytest.mark.parametrize("until", [-0.1, 0, 1.1])
def test_a_cosine_needs_some_time(until):
    with pytest.raises(ValueError, match=r"\(0, 1\]"):
        Cosine(0.0, 0.1, until)
