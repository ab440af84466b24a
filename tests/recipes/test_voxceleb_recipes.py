"""Every recipe of VoxCeleb.csv runs through its own train.py on a tiny synthetic corpus."""

import csv
import json
from pathlib import Path

import pytest

with open(Path(__file__).with_name("VoxCeleb.csv"), encoding="utf-8") as table:
    ROWS = list(csv.DictReader(table))
each_recipe = pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: "-".join(Path(row["Hparam_file"]).parts[-3:])
)


@pytest.fixture(scope="module")
def corpus(tiny_corpora):
    return tiny_corpora / "voxceleb"


@pytest.fixture
def run(run_recipe, corpus, hugging_face_model):
    """Runs a row of the table on the tiny corpus and a tiny WavLM."""
    folders = {
        "tests/tmp/VoxCeleb": corpus,
        "tests/tmp/wavlm": hugging_face_model("wavlm"),
    }

    def start(row, output, *more):
        run_recipe(row, folders, output, *more)

    return start


@each_recipe
def test_it_trains_and_scores(run, row, tmp_path):
    run(row, tmp_path, "--debug", "--debug_persistently")
    log = (tmp_path / "train_log.txt").read_text().splitlines()
    assert [line.split(",")[0] for line in log] == ["epoch: 1", "epoch: 2"]
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["task"] == "speaker verification"
    assert results["protocol"]["synthetic"] is True
    # Of eight development speakers two are held out; each has two utterances
    assert results["protocol"]["training_utterances"] == 12
    assert results["train_seconds"] > 0
    (reports,) = results["metrics"].values()
    assert len(reports) >= 2 and all(
        0 <= r["EER"] <= 1 for r in reports.values()
    )
    assert "whole utterance" in reports


def test_a_finished_recipe_is_scored_again_and_not_trained_again(run, tmp_path):
    row = next(
        row for row in ROWS if "MoCo/hparams/ecapa" in row["Hparam_file"]
    )
    run(row, tmp_path)
    before = json.loads((tmp_path / "results.json").read_text())
    log = (tmp_path / "train_log.txt").read_text()
    run(row, tmp_path)
    after = json.loads((tmp_path / "results.json").read_text())
    assert after["metrics"] == before["metrics"]
    assert (tmp_path / "train_log.txt").read_text() == log
    assert "train_seconds" in before and "train_seconds" not in after
