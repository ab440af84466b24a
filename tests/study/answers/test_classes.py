"""Answers of a study: means, paired gains and what cannot be compared."""

import csv

import pytest

from sb_contrastive.study.answers.classes import answer, markdown
from sb_contrastive.study.plan import Run

CLASSES = ["ang", "sad"]


@pytest.fixture
def runs(tmp_path):
    return [
        Run(name, seed, [], tmp_path / f"{name}_{seed}", ())
        for name in ("dino", "other")
        for seed in (1, 2)
    ]


def predict(run, stage, right, percent=100, folds=("1", "2")):
    """Predictions of 4 speakers x 10 utterances of each class in a fold, the
    first `right` of each 10 right."""
    for fold in folds:
        folder = run.folder / f"labels_{percent:03d}" / stage / f"fold_{fold}"
        folder.mkdir(parents=True)
        with open(folder / "predictions.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["ID", "spk_id", "fold", "label", "prediction"])
            for s in range(4):
                for c, label in enumerate(CLASSES):
                    for i in range(10):
                        guess = label if i < right else CLASSES[1 - c]
                        row = [f"{s}{c}{i}", f"{fold}{s}", fold, label, guess]
                        writer.writerow(row)


def test_means_and_paired_gains(runs):
    for run, right in zip(runs[:2], (7, 9)):
        predict(run, "two_step", right)
        predict(run, "from_scratch", right - 2)
    question = {
        "systems": {"DINO": "dino/two_step", "scratch": "dino/from_scratch"},
        "against": "scratch",
    }
    rows = answer(question, runs)[100]
    assert rows["DINO"]["seeds"] == [1, 2]
    assert rows["DINO"]["UA"] == pytest.approx([70, 90])
    assert rows["DINO"]["WA"] == pytest.approx([70, 90])
    assert rows["DINO"]["gains"] == pytest.approx([20, 20])
    # Every speaker gains alike, so that no resample differs
    assert rows["DINO"]["interval"] == pytest.approx([20, 20])
    assert "gains" not in rows["scratch"]
    text = markdown("Which?", {100: rows}, "scratch")
    assert "| 100 % | DINO | 2 | 80.0 ± 14.1 | 80.0 ± 14.1 | 0.0 |" in text
    assert "+20.0 (+20.0, +20.0) | +20.0 to +20.0 |" in text


def test_only_seeds_and_folds_of_both_are_paired(runs):
    predict(runs[0], "a", 6)
    predict(runs[1], "a", 8)
    predict(runs[2], "b", 9)
    predict(runs[3], "b", 9, folds=["1"])  # not finished
    question = {"systems": {"A": "dino/a", "B": "other/b"}}
    rows = answer(question, runs)[100]
    assert rows["B"]["gains"] == pytest.approx([30])
    assert len(rows["B"]["UA"]) == 2


def test_shares_of_the_labels_are_apart(runs):
    for run in runs[:2]:
        predict(run, "a", 5, percent=10)
        predict(run, "a", 9, percent=100)
    found = answer({"systems": {"A": "dino/a"}}, runs)
    assert list(found) == [10, 100]
    assert found[10]["A"]["UA"] == pytest.approx([50, 50])


def test_runs_to_come_are_left_out_with_a_warning(runs, caplog):
    predict(runs[0], "a", 6)
    question = {"systems": {"A": "dino/a", "B": "other/b"}, "against": "B"}
    rows = answer(question, runs)[100]
    assert list(rows) == ["A"] and "gains" not in rows["A"]
    assert "other/b: left out, other has not run yet" in caplog.text
    assert answer({"systems": {"B": "other/b"}}, runs) == {}


def test_mistakes_are_named(runs):
    predict(runs[0], "two_step", 5)
    with pytest.raises(ValueError, match="no run .*did you mean 'dino'"):
        answer({"systems": {"A": "dinos/two_step"}}, runs)
    with pytest.raises(ValueError, match="'twostep'; did you mean 'two_step'"):
        answer({"systems": {"A": "dino/twostep"}}, runs)
    with pytest.raises(ValueError, match="baseline 'B' is not one of"):
        answer({"systems": {"A": "dino/two_step"}, "against": "B"}, runs)
