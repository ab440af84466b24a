"""The time left of a study: what runs tell of themselves, and what their like have taken."""

import json
import sys
import time

import pytest

from sb_contrastive.progress import Display
from sb_contrastive.progress.told import VARIABLE, told_time
from sb_contrastive.study.execution import run_all
from sb_contrastive.study.plan import Run
from sb_contrastive.study.time_left import FILE, TimeLeft


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def runs(tmp_path):
    """Two experiments of one YAML and one of another, with two seeds each."""
    return [
        Run(name, seed, ["train.py", file], tmp_path / f"{name}_{seed}", ())
        for seed in (1, 2)
        for name, file in (("a", "x.yaml"), ("b", "x.yaml"), ("c", "y.yaml"))
    ]


def tell(run, left):
    run.folder.mkdir(exist_ok=True)
    told = {"at": time.time(), "left": left}
    (run.folder / FILE).write_text(json.dumps(told))


def test_waiting_runs_take_as_long_as_their_like(runs):
    clock = Clock()
    left = TimeLeft(runs, jobs=1, clock=clock)
    assert left.seconds() is None
    left.begins(runs[0])
    clock.now = 10.0
    assert left.seconds() is None  # it has not told anything yet
    tell(runs[0], 90.0)
    # It takes 100 s, and so do the five others, as far as is known
    assert left.seconds() == pytest.approx(90 + 5 * 100, abs=1)
    clock.now = 100.0
    left.ends(runs[0])
    left.begins(runs[1])
    clock.now = 130.0
    tell(runs[1], 10.0)
    # a: 100 s, b: 40 s, c: their mean
    assert left.seconds() == pytest.approx(10 + 70 + 100 + 40 + 70, abs=1)
    left.ends(runs[2], passed_over=True)
    assert left.seconds() == pytest.approx(10 + 100 + 40 + 70, abs=1)


def test_jobs_share_the_rest_but_for_the_longest_run(runs):
    clock = Clock()
    left = TimeLeft(runs[:3], jobs=3, clock=clock)
    for run, seconds in zip(runs, (30.0, 60.0, 600.0)):
        left.begins(run)
        tell(run, seconds)
    assert left.seconds() == pytest.approx(600, abs=1)
    for run in runs[:3]:
        left.ends(run)
    assert left.seconds() == 0


def test_a_display_tells_it_to_whoever_has_started_it(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / FILE))
    clock = Clock()
    shown = Display("normal", clock=clock, out=sys.stderr)
    shown.expect("pretrain", "pretrain", 100)
    with shown.stage("pretrain", 1, 1), shown.work("pretrain"):
        shown.epoch(1, 1, 100)
        for step in range(1, 12):
            clock.now += 1.0
            shown.step(step, 2.5)
    # Every five seconds: after step 11, 89 are left
    assert told_time(tmp_path / FILE) == pytest.approx(89, abs=1)
    monkeypatch.delenv(VARIABLE)
    assert Display("normal").told.path is None


def test_a_study_says_it(tmp_path, monkeypatch, capsys):
    from sb_contrastive.progress import display
    from sb_contrastive.study import execution

    monkeypatch.setattr(execution, "REDRAWN", 0.05)
    monkeypatch.setattr(execution, "SOONEST", 0.0)
    monkeypatch.setattr(execution, "LINES", 1000)
    script = tmp_path / "script.py"
    script.write_text(
        "import json, os, time\n"
        f"with open(os.environ[{VARIABLE!r}], 'w') as file:\n"
        "    json.dump({'at': time.time(), 'left': 60.0}, file)\n"
        "time.sleep(0.5)\n"
    )
    runs = [
        Run("a", seed, [str(script)], tmp_path / f"a_{seed}", ())
        for seed in (1, 2)
    ]
    with display("normal"):
        run_all(runs, progressbar=False)
    said = capsys.readouterr().out
    assert "2 of 2 runs are still to be done: about 2 min" in said
    assert not list(tmp_path.glob(f"*/{FILE}"))
