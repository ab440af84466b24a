"""Every recipe of ADReSS.csv runs through its own train.py on tiny synthetic interviews; the folds' models hear the official test part together."""

import csv
import json
from pathlib import Path

import pytest

from sb_contrastive.evaluation.classification.prediction_file import (
    read_predictions,
)
from sb_contrastive.synthetic import write_adress

with open(Path(__file__).with_name("ADReSS.csv"), encoding="utf-8") as table:
    ROWS = list(csv.DictReader(table))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora") / "adress"
    write_adress(folder, train=8, test=2, seconds=10, jobs=1)
    return folder


@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: Path(row["Hparam_file"]).name
)
def test_subjects_are_decided_on(run_recipe, row, corpus, tmp_path):
    def run(*more):
        debug = ("--debug", "--debug_persistently")
        folders = {"tests/tmp/ADReSS": corpus}
        run_recipe(row, folders, tmp_path, *debug, *more)
        return json.loads((tmp_path / "results.json").read_text())

    results = run()
    assert results["task"] == "Alzheimer's detection"
    assert results["protocol"]["synthetic"] is True
    (scores,) = results["metrics"].values()
    # Subjects, not chunks; of the test fold two batches at the most
    assert 1 <= scores["detection"]["subjects"] <= 2
    assert scores["held_out"]["subjects"] == 2
    if "unlabelled" in row["test_debug_flags"]:
        return
    # Another fold: the official test part gets the mean of two models
    row["test_debug_checks"] = "file_exists=[fold_2/held_out.csv]"
    pretrained = tmp_path / "fold_1/pretrain"
    results = run("--fold=2", f"--pretrained={pretrained}")
    (scores,) = results["metrics"].values()
    assert results["protocol"]["folds"] == ["1", "2"]
    assert scores["held_out"]["subjects"] == 2
    heard = [
        read_predictions(tmp_path / f"fold_{k}/held_out.csv") for k in (1, 2)
    ]
    assert [r["ID"] for r in heard[0]] == [r["ID"] for r in heard[1]]
    tested = [
        {r["spk_id"] for r in read_predictions(path)}
        for path in sorted(tmp_path.glob("fold_*/predictions.csv"))
    ]
    assert not tested[0] & tested[1]
