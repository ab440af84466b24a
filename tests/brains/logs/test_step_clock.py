"""Waiting is what passes between steps, but not between epochs."""

import time

import pytest

from sb_contrastive.brains.logs.step_clock import StepClock


def test_steps_waiting_and_a_pause(monkeypatch):
    clock, now = StepClock(), [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])

    def pass_(seconds):
        now[0] += seconds

    for wait, pause in ((5, False), (1, False), (60, True), (2, False)):
        pass_(wait)
        if pause:
            clock.pause()
        clock.begin_step()
        pass_(4)
        clock.end_step(utterances=10)
    # Before the first step nothing was asked for, in the pause neither
    assert clock.wait_seconds == 1 + 2 and clock.step_seconds == 4 * 4
    assert clock.figures() == {
        "train_seconds": 19,
        "utterances_per_second": pytest.approx(40 / 19),
        "data_wait_share": pytest.approx(3 / 19),
    }


def test_no_step_is_no_division_by_zero():
    assert set(StepClock().figures().values()) == {0}
