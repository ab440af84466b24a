"""Threads change the time a map takes, and nothing else."""

import sys
import threading

import pytest

from sb_contrastive.data.audio.threads import in_threads


@pytest.mark.parametrize("jobs", [None, 1, 3])
@pytest.mark.parametrize("count", [0, 1, 7])
def test_results_come_in_order(jobs, count):
    items = list(range(count))
    expected = [item**2 for item in items]
    assert in_threads(lambda item: item**2, items, jobs, "") == expected


def test_items_are_worked_on_together():
    # Each waits for another: one after the other would never end. Threads
    # take eight items at a time.
    barrier = threading.Barrier(2, timeout=20)
    arrived = in_threads(lambda item: barrier.wait(), list(range(16)), 2, "")
    assert sorted(arrived) == [0] * 8 + [1] * 8


def test_an_error_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda item: 1 / item, [1, 0], 2, "")


@pytest.mark.parametrize(
    "count, terminal, shown",
    [(500, True, False), (501, True, True), (501, False, False)],
)
def test_only_many_items_have_a_bar_and_only_in_a_terminal(
    count, terminal, shown, capsys, monkeypatch
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    in_threads(abs, list(range(count)), 2, "magnitudes")
    assert ("magnitudes" in capsys.readouterr().err) == shown
