"""The time left, computed from numbers of steps."""

import pytest

from sb_contrastive.progress.plan import Plan


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def made():
    clock = Clock()
    plan = Plan(clock)
    plan.expect("pretrain", "pretrain", 10)
    for _ in range(2):
        plan.expect("system", "probe", 4)
        plan.expect("system", "tune", 4)
    return clock, plan


def run(clock, plan, stage, kind, steps, cost, lead=0.0):
    """Run works to their end, and return what is left after each step."""
    left = []
    plan.begin(stage, kind)
    clock.now += lead
    for step in range(1, steps + 1):
        clock.now += cost
        plan.at(step, steps)
        left.append(plan.seconds_left())
    plan.end()
    return left


def test_it_is_exact_where_all_steps_cost_alike(made):
    clock, plan = made
    left = run(clock, plan, "pretrain", "pretrain", 10, cost=2.0)
    assert left[0] is None  # one step tells no cost
    # 9 steps were measured: 8 of pretrain and 16 of the system are left, and
    # each of its four runs takes as long to its first step as this one
    assert left[1] == 8 * 2 + 16 * 2 + 4 * 2
    assert left[1:] == sorted(left[1:], reverse=True)
    plan.end_stage("pretrain")
    assert plan.seconds_left("pretrain") == 0


def test_each_kind_has_its_cost_and_it_is_corrected(made):
    clock, plan = made
    run(clock, plan, "pretrain", "pretrain", 10, cost=2.0)
    plan.end_stage("pretrain")
    run(clock, plan, "system", "probe", 4, cost=1.0)
    # probe costs 1; tune is believed to cost as much, its stage's mean
    assert plan.seconds_left() == pytest.approx(12 + 3)
    run(clock, plan, "system", "tune", 4, cost=5.0)
    assert plan.seconds_left() == pytest.approx(4 * 1 + 4 * 5 + 2 * 3)
    assert plan.seconds_left("pretrain") == 0


def test_what_a_checkpoint_has_is_not_measured():
    clock = Clock()
    plan = Plan(clock)
    plan.expect("pretrain", "pretrain", 100)
    plan.begin("pretrain", "pretrain")
    for done in (91, 92):
        clock.now += 3.0
        plan.at(done, 100)
    assert plan.seconds_left() == 8 * 3


def test_the_true_number_of_steps_replaces_the_expected_one():
    clock = Clock()
    plan = Plan(clock)
    plan.expect("a", "a", 1000)
    plan.begin("a", "a")
    for done in (1, 2):
        clock.now += 1.0
        plan.at(done, 5)
    assert plan.seconds_left() == 3


def test_time_runs_on_without_steps():
    clock = Clock()
    plan = Plan(clock)
    plan.begin("a", "a")
    for done in (1, 2):
        clock.now += 1.0
        plan.at(done, 10)
    clock.now += 2.0  # a validation
    assert plan.seconds_left() == 6
    clock.now += 100.0
    assert plan.seconds_left() == 0
