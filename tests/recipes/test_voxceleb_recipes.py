"""Every recipe of VoxCeleb.csv learns on a tiny synthetic corpus, and every train.py runs from its manifests to results.json."""

import copy
import csv
import json
import math
import re
from pathlib import Path

import pytest
import torch
from hyperpyyaml import load_hyperpyyaml

from sb_contrastive.brains import PretrainingBrain

ROOT = Path(__file__).parents[2]
with open(Path(__file__).with_name("VoxCeleb.csv"), encoding="utf-8") as table:
    ROWS = list(csv.DictReader(table))
# These differ from deep_cluster.yaml, which goes through their common script, in
# the heads and the objective alone
BY_ITS_OBJECTIVE = [
    row
    for row in ROWS
    if "NonContrastive" in row["Hparam_file"]
    and "deep_cluster" not in row["Hparam_file"]
]


def each_of(rows):
    """Parametrises a test by rows of the table."""
    names = ["-".join(Path(row["Hparam_file"]).parts[-3:]) for row in rows]
    return pytest.mark.parametrize("row", rows, ids=names)


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


@each_of([row for row in ROWS if row not in BY_ITS_OBJECTIVE])
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


@each_of(BY_ITS_OBJECTIVE)
def test_its_objective_trains_its_encoder(row, tmp_path):
    flags = dict(re.findall(r"--(\w+)=(\S+)", row["test_debug_flags"]))
    flags["output_folder"] = tmp_path
    overrides = "\n".join(f"{key}: {value}" for key, value in flags.items())
    with open(ROOT / row["Hparam_file"], encoding="utf-8") as file:
        hparams = load_hyperpyyaml(file, overrides)
    brain = PretrainingBrain(
        modules=hparams["modules"],
        opt_class=hparams["opt_class"],
        learning_rate=hparams["learning_rate"],
        total_steps=4,
        checkpointer=hparams["checkpointer"],
        objectives=hparams["objectives"],
        views_apart=hparams["views_apart"],
        averaged_checkpoints=hparams["averaged_checkpoints"],
        crops=hparams["crops"],
    )
    generator = torch.Generator().manual_seed(0)
    batches = [
        {"id": f"utt{i}", "pair": torch.randn(2, 8000, generator=generator)}
        for i in range(8)
    ]
    before = copy.deepcopy(hparams["encoder"].state_dict())
    loader = {"batch_size": hparams["batch_size"]}
    brain.fit(
        hparams["epoch_counter"],
        batches,
        batches,
        train_loader_kwargs=loader,
        valid_loader_kwargs=loader,
    )
    assert brain.optimizer_step == 4
    assert all(math.isfinite(row["train_loss"]) for row in brain.log.rows)
    after = brain.pretrained_encoder().state_dict()
    still = {
        name
        for name, _ in hparams["encoder"].named_parameters()
        if torch.equal(after[name], before[name])
    }
    # An excitation of a single hidden unit may be dead from the start
    assert all(".layers.5.fc." in name for name in still)


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
