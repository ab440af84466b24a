"""Lines of a display: where they go, how often, what they say."""

import io
import logging

import pytest

from sb_contrastive.progress import Display, bar, current, display, volume_of
from sb_contrastive.progress.duration import duration


class Stream(io.StringIO):
    def __init__(self, terminal=False):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def trained(shown, clock, steps, cost):
    """Run one stage of one epoch."""
    shown.expect("pretrain", "pretrain", steps)
    with shown.stage("pretrain", 1, 2):
        with shown.naming("fold 1 of 5"), shown.work("pretrain"):
            shown.epoch(1, 1, steps)
            for step in range(1, steps + 1):
                clock.now += cost
                shown.step(step, 2.5)
            shown.epoch_ended(2.5)


@pytest.mark.parametrize("steps, cost", [(60, 1.0), (1000, 1.0), (1000, 3600)])
def test_a_log_has_few_lines_whatever_it_takes(steps, cost):
    clock, out = Clock(), Stream()
    shown = Display("normal", True, out, Stream(), clock)
    trained(shown, clock, steps, cost)
    lines = out.getvalue().splitlines()
    told = [line for line in lines if "loss" in line]
    assert 1 <= len(told) <= 30
    assert "pretrain, fold 1 of 5, epoch 1 of 1: loss 2.500; about " in told[0]
    assert f"Stage 1 of 2: pretrain, {steps} training steps" in lines[0]
    assert f"pretrain ended after {duration(steps * cost)}" in lines[-1]


def test_a_terminal_has_one_line_with_all_names():
    clock, out, err = Clock(), Stream(True), Stream(True)
    shown = Display("normal", True, out, err, clock)
    trained(shown, clock, 100, 1.0)
    live = err.getvalue()
    assert "pretrain, fold 1 of 5, epoch 1 of 1" in live and "\n" not in live
    assert "loss 2.500, 50 s left, of all 50 s" in live
    assert len(out.getvalue().splitlines()) == 2  # it begins, it ends


def test_a_log_beside_a_terminal_has_plain_lines():
    clock, out, err = Clock(), Stream(False), Stream(True)
    trained(Display("normal", True, out, err, clock), clock, 100, 1.0)
    assert "about" in out.getvalue() and "left, of all" in err.getvalue()


@pytest.mark.parametrize("live, volume", [(False, "normal"), (True, "quiet")])
def test_no_live_line_where_none_is_wanted(live, volume):
    clock, out, err = Clock(), Stream(True), Stream(True)
    trained(Display(volume, live, out, err, clock), clock, 100, 1.0)
    assert not err.getvalue()
    assert ("about" in out.getvalue()) == (volume == "normal")


def test_without_a_display_nothing_is_said_or_kept(capfd):
    trained(current(), Clock(), 5, 1.0)
    assert not current().running and not current().plan.works
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("volume", ["quiet", "normal", "verbose"])
def test_log_records_are_lines(volume, capfd):
    own = logging.getLogger("sb_contrastive.of_a_test")
    other = logging.getLogger("some_library")
    for log in (own, other):
        log.setLevel(logging.INFO)
    with display(volume):
        for _ in range(3):
            own.info("a fact")
            own.warning("a doubt")
            other.info("a detail")
            other.warning("Hubert is frozen.")
            other.warning("torchvision is not available - cannot save figures")
    own.info("later")
    said = capfd.readouterr().out
    times = {"quiet": 0, "normal": 1, "verbose": 3}
    assert said.count("a fact") == times[volume]
    assert (
        said.count("Warning: ")
        == {"quiet": 1, "normal": 1, "verbose": 9}[volume]
    )
    assert said.count("a detail") == (3 if volume == "verbose" else 0)
    assert (
        ("frozen" in said) == ("torchvision" in said) == (volume == "verbose")
    )
    assert "later" not in said


def test_a_bar_says_what_it_counts_and_only_on_a_terminal(capfd):
    assert list(bar(range(3), "reading")) == [0, 1, 2]
    assert capfd.readouterr().err == ""
    with display() as shown:
        shown.terminal = Stream(True)
        with shown.naming("verify"):
            assert list(bar(range(3), "embedding", "utterance")) == [0, 1, 2]
        assert "verify, embedding: " in shown.terminal.getvalue()


def test_volumes_contradict_each_other():
    assert volume_of(["quiet"]) == ("normal", ["quiet"])
    with pytest.raises(ValueError, match="leave one out"):
        volume_of(["--quiet", "a.yaml", "--verbose"])


@pytest.mark.parametrize(
    "seconds, text",
    [
        (0, "0 s"),
        (0.2, "1 s"),
        (60, "1 min"),
        (3599.5, "1 h"),
        (90000, "1 d 1 h"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text
