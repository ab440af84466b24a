"""Runs of a study: order, what is passed over, what a failure stops."""

import json

import pytest

from sb_contrastive.progress import display
from sb_contrastive.study import execution
from sb_contrastive.study.choice import Choice
from sb_contrastive.study.execution import run_all
from sb_contrastive.study.plan import Run

# Notes that it began and ended; fails, or waits for another to begin, where a
# file tells it to
SCRIPT = """
import pathlib, sys, time
given = sys.argv[1:sys.argv.index("--noprogressbar")]
folder, log, *needs = (pathlib.Path(x) for x in given if x[:2] != "--")
with open(log, "a") as file:
    file.write(f"begin {folder.name}\\n")
other = folder / "wait_for"
for _ in range(600 if other.exists() else 0):
    if f"begin {other.read_text()}" in log.read_text():
        break
    time.sleep(0.1)
if (folder / "fail").exists() or not all((n / "done").exists() for n in needs):
    sys.exit("something is wrong")
(folder / "done").touch()
with open(log, "a") as file:
    file.write(f"end {folder.name}\\n")
"""


@pytest.fixture
def study(tmp_path):
    script, log = tmp_path / "script.py", tmp_path / "order.txt"
    script.write_text(SCRIPT)
    log.touch()

    def make(**runs):
        planned = []
        for name, needs in runs.items():
            folders = [tmp_path / "runs" / n for n in needs]
            folder = tmp_path / "runs" / name
            command = list(map(str, [script, folder, log, *folders]))
            planned.append(Run(name, 1, command, folder, tuple(folders)))
        return planned

    make.lines = lambda: log.read_text().splitlines()
    return make


@pytest.mark.parametrize("jobs", [1, 3])
def test_what_is_needed_runs_first_and_nothing_twice(study, jobs):
    runs = study(a=[], b=["a"], c=["a", "b"], d=[])
    run_all(runs, jobs, progressbar=False)
    lines = study.lines()
    for run in runs:
        assert (run.folder / "done").is_file()
        for need in run.needs:
            end = lines.index(f"end {need.name}")
            assert end < lines.index(f"begin {run.name}")
    run_all(runs, jobs, progressbar=False)
    assert study.lines() == lines


def test_runs_are_side_by_side(study):
    runs = study(a=[], b=[])
    for run, other in zip(runs, "ba"):
        run.folder.mkdir(parents=True)
        (run.folder / "wait_for").write_text(other)
    run_all(runs, jobs=2, progressbar=False)
    assert {line.split()[0] for line in study.lines()[:2]} == {"begin"}


def test_a_changed_run_runs_again(study):
    (run,) = study(a=[])
    run_all([run], progressbar=False)
    changed = run._replace(command=[*run.command, "--lr=2"])
    run_all([changed], progressbar=False)
    assert study.lines().count("begin a") == 2


def test_a_failure_stops_only_what_needs_it(study):
    runs = study(a=[], b=["a"], c=[])
    runs[0].folder.mkdir(parents=True)
    (runs[0].folder / "fail").touch()
    with pytest.raises(RuntimeError, match=r"2 of 3 runs .*a \(seed 1\), b"):
        run_all(runs, progressbar=False)
    assert "end c" in study.lines() and "begin b" not in study.lines()
    assert "something is wrong" in (runs[0].folder / "run.log").read_text()
    (runs[0].folder / "fail").unlink()
    run_all(runs, progressbar=False)
    assert study.lines()[-1] == "end b" and study.lines().count("end c") == 1


def test_each_job_has_its_device(study):
    runs = study(a=[], b=[], c=[])
    script = runs[0].command[0]
    with open(script, "a") as file:
        file.write('print("on", sys.argv[sys.argv.index("--device") + 1])\n')
    run_all(runs, devices=["cuda:0", "cuda:1"], progressbar=False)
    told = [(run.folder / "run.log").read_text().split()[-1] for run in runs]
    assert set(told) == {"cuda:0", "cuda:1"}
    kept = json.loads((runs[0].folder / "finished.json").read_text())
    assert "--device" not in kept  # another device is no reason to run again


@pytest.mark.parametrize(
    "cores, own, jobs, each", [(8, 8, 2, 4), (8, 1, 2, 1), (2, 2, 3, 1)]
)
def test_runs_share_the_cores_and_respect_a_limit(
    study, monkeypatch, cores, own, jobs, each
):
    monkeypatch.setattr(execution, "get_available_cpu_count", lambda: cores)
    monkeypatch.setattr(execution.torch, "get_num_threads", lambda: own)
    (run,) = study(a=[])
    with open(run.command[0], "a") as file:
        file.write('import os\nprint(os.environ["OMP_NUM_THREADS"])\n')
    run_all([run], jobs, progressbar=False)
    assert (run.folder / "run.log").read_text().split() == [str(each)]


def test_a_line_tells_of_each_run_that_begins_or_ends(study, capfd):
    runs = study(a=[], b=["a"], c=[])
    with display():
        run_all(runs, jobs=2)
        run_all(runs, jobs=2)
    lines = [
        line.split("  ", 1)[1] for line in capfd.readouterr().out.splitlines()
    ]
    assert len(lines) == 9
    for run in runs:
        log = run.folder / "run.log"
        assert f"{run.name}, seed 1 begins: {log}" in lines
        assert f"{run.name}, seed 1: finished before" in lines
    assert sum(" ended after " in line for line in lines) == 3


def test_what_was_chosen_is_in_the_command(study):
    runs = study(low=[], high=[], a=["low", "high"])
    folders = tuple(run.folder for run in runs[:2])
    script, *rest = runs[2].command
    command = [script, "a.yaml", *rest]
    with open(script) as file:
        text = file.read()
    text = text.replace('if x[:2] != "--"', 'if "/" in x')
    with open(script, "w") as file:
        file.write(text)
    choice = Choice("lr", (0.1, 0.2), folders, seed=1)
    runs[2] = runs[2]._replace(command=command, choice=choice)
    with pytest.raises(RuntimeError, match=r"1 of 3 runs .*a \(seed 1\)"):
        run_all(runs, progressbar=False)
    assert "low/pretrain/log.json" in (runs[2].folder / "run.log").read_text()
    measures = {"rankme": 2.0, "alpha_req": 1.0, "lidar": 3.0}
    measures |= {"crop_eer": 0.1, "cluster_stability": 0.5}
    for rank, folder in enumerate(folders):
        log = {"epochs": [{**measures, "rankme": float(rank)}]}
        (folder / "pretrain").mkdir()
        (folder / "pretrain" / "log.json").write_text(json.dumps(log))
    run_all(runs, progressbar=False)
    kept = json.loads((runs[2].folder / "finished.json").read_text())
    assert kept == [script, "a.yaml", "--lr", "0.2", *rest]
    run_all(runs, progressbar=False)
    assert study.lines().count("begin a") == 1
