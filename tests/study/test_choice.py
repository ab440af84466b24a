"""A value is chosen by the last epochs of its tries, on logs written by hand."""

import json

import pytest

from sb_contrastive.evaluation.embeddings.label_free.ranking import GOODNESS
from sb_contrastive.study.choice import (
    all_choices,
    go_on_from_try,
    look_at,
    settled,
)
from sb_contrastive.study.plan import needed_by, plan_runs

GOOD = {"rankme": 9.0, "alpha_req": 1.0, "lidar": 7.0, "crop_eer": 0.1}
GOOD["cluster_stability"] = 0.9
BAD = {"rankme": 2.0, "alpha_req": 0.2, "lidar": 2.0, "crop_eer": 0.4}
BAD["cluster_stability"] = 0.1


@pytest.fixture
def plan(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "seed: 1\nlr: 1\nstart: null\nstages: [pretrain, verify]\n"
        "pretrain: null\nverify: null\n"
    )

    def make(values, seeds=(1, 2), common=None):
        runs = {
            "x": {"experiment": "a.yaml", **values},
            "y": {"experiment": "a.yaml", "start": "$x/pretrain"},
        }
        return plan_runs(
            runs, seeds, tmp_path / "runs", "train.py", tmp_path, common
        )

    return make


def log(folder, *epochs):
    (folder / "pretrain").mkdir(parents=True)
    text = json.dumps({"epochs": list(epochs)})
    (folder / "pretrain" / "log.json").write_text(text)


def given(command):
    return dict(zip(command[2::2], command[3::2]))


def test_tries_have_the_first_seed_and_the_stage_alone(plan):
    runs = plan({"choose": {"lr": [0.1, 0.2]}}, common={"lr": 5})
    assert [(run.name, run.seed) for run in runs] == [
        ("x_lr_0.1", 1),
        ("x_lr_0.2", 1),
        ("x", 1),
        ("y", 1),
        ("x", 2),
        ("y", 2),
    ]
    for run, rate in zip(runs[:2], ("0.1", "0.2")):
        assert given(run.command)["--lr"] == rate
        assert given(run.command)["--stages"] == '["pretrain"]'
        assert run.choice is None and run.needs == ()
    tries = tuple(run.folder for run in runs[:2])
    for run in (runs[2], runs[4]):
        assert "--lr" not in run.command and "--choose" not in run.command
        assert run.choice == ("lr", (0.1, 0.2), tries, 1)
        assert run.needs == tries
    assert needed_by(["y"], runs) == runs
    assert needed_by(["x"], runs) == [*runs[:3], runs[4]]


def test_the_best_last_epoch_is_chosen(plan):
    runs = plan({"choose": {"lr": [0.1, 0.2, 0.3]}})
    log(runs[0].folder, GOOD, BAD)  # only the last epoch counts
    log(runs[1].folder, BAD, GOOD)
    log(runs[2].folder, BAD, {**GOOD, "lidar": 6.0, "crop_eer": float("nan")})
    for run in runs[3::2]:
        found = settled(run)
        assert given(found.command)["--lr"] == "0.2"
        assert found.command[:2] == run.command[:2]
        assert found.folder == run.folder and settled(found) == found
    (choice,) = all_choices(runs).values()
    assert choice["key"] == "lr" and choice["value"] == 0.2
    ranks = [row["mean_rank"] for row in choice["tries"]]
    assert min(ranks) == ranks[1]
    assert {"value", "mean_rank", *GOODNESS} == choice["tries"][0].keys()


def test_the_run_of_the_first_seed_goes_on_from_the_try(plan):
    runs = plan({"choose": {"lr": [0.1, 0.2]}})
    log(runs[0].folder, BAD)
    log(runs[1].folder, GOOD)
    for name in ("settings.json", "finished.json", "run.log"):
        (runs[1].folder / name).write_text("of the try")
    for run in runs[2:]:
        go_on_from_try(run)
    first, second = runs[2].folder, runs[4].folder
    assert sorted(p.name for p in first.iterdir()) == [
        "pretrain",
        "settings.json",
    ]
    kept = json.loads((first / "pretrain" / "log.json").read_text())
    assert kept == {"epochs": [GOOD]}
    assert not second.exists() and not runs[3].folder.exists()
    (first / "settings.json").write_text("of the run")
    go_on_from_try(runs[2])
    assert (first / "settings.json").read_text() == "of the run"
    assert not list(first.parent.glob("*.part"))


def test_of_equal_tries_the_later_is_chosen(plan):
    runs = plan({"choose": {"lr": [0.1, "null"]}})
    log(runs[0].folder, GOOD)
    log(runs[1].folder, GOOD)
    assert given(settled(runs[2]).command)["--lr"] == '"null"'


def test_a_try_without_measures_is_told(plan):
    runs = plan({"choose": {"lr": [0.1]}})
    with pytest.raises(FileNotFoundError):
        settled(runs[1])
    log(runs[0].folder, {"epoch": 1, "train_loss": 2.0})
    with pytest.raises(ValueError, match="no measures .* held-out"):
        look_at(runs[1].choice)
    assert all_choices(runs) == {}


@pytest.mark.parametrize(
    "values, message",
    [
        ({"choose": {"lrs": [1]}}, "chooses 'lrs', .*did you mean 'lr'"),
        ({"choose": {"lr": []}}, "among \\[\\]: give a list of one"),
        ({"choose": {"lr": 0.1}}, "among 0.1: give a list of one"),
        ({"choose": ["lr"]}, "name one value and its candidates"),
        ({"choose": {"lr": [1], "start": [2]}}, "name one value"),
        ({"choose": {"lr": [1]}, "lr": 2}, "gives it as well"),
        ({"choose": {"lr": [1, 1]}}, "two tries of the name 'x_lr_1'"),
        ({"choose": {"lr": [1]}, "stages": ["verify"]}, "not among its stages"),
    ],
)
def test_mistakes_are_named(plan, values, message):
    with pytest.raises(ValueError, match=message):
        plan(values)
