"""Every recipe of IEMOCAP.csv runs through its own train.py on a tiny synthetic corpus, fold after fold."""

import csv
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.evaluation.classification.prediction_file import (
    read_predictions,
)

with open(Path(__file__).with_name("IEMOCAP.csv"), encoding="utf-8") as table:
    ROWS = list(csv.DictReader(table))
DEBUG = ("--debug", "--debug_persistently")


def recipe(name):
    return next(row for row in ROWS if name in row["Hparam_file"])


@pytest.fixture(scope="module")
def corpus(tiny_corpora):
    return tiny_corpora / "iemocap"


@pytest.fixture
def run(run_recipe, corpus, hugging_face_model):
    """Runs a row of the table on the tiny corpus and a tiny HuBERT or WavLM."""
    folders = {
        "tests/tmp/IEMOCAP": corpus,
        "tests/tmp/hubert": hugging_face_model(),
        "tests/tmp/wavlm": hugging_face_model("wavlm"),
    }

    def start(row, output, *more):
        run_recipe(row, folders, output, *DEBUG, *more)
        return json.loads((output / "results.json").read_text())

    return start


@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: "-".join(Path(row["Hparam_file"]).parts[-3:])
)
def test_a_session_is_left_out_and_tested(run, row, tmp_path):
    results = run(row, tmp_path)
    assert results["task"] == "speech emotion recognition"
    protocol = results["protocol"]
    assert protocol["synthetic"] is True and protocol["folds"] == ["1"]
    assert protocol["split"] == "leave one session out"
    assert results["train_seconds"] > 0
    ((title, scores),) = results["metrics"].items()
    assert title == results["experiment"]
    assert 0 <= scores["pooled"]["UA"] <= 1
    # Two batches of four are all of a session
    fold = tmp_path / "fold_1"
    tested = read_predictions(fold / "predictions.csv")
    rows = read_manifest(fold / "save/iemocap.csv", data_root=".")
    session = {row["ID"] for row in rows if row["session"] == "1"}
    assert {row["ID"] for row in tested} == session and len(session) == 8


@pytest.mark.parametrize(
    "name, tensor",
    [
        ("Combined/hparams/wavlm", "layers.0.attention.q_proj.adapter_up_proj"),
        ("Combined/hparams/lux2022", "layers.0.attention.q_proj"),
    ],
)
def test_a_pretrained_network_is_trained(
    run, hugging_face_model, tmp_path, name, tensor
):
    row = recipe(name)
    run(row, tmp_path)
    state = torch.load(tmp_path / "fold_1/model/compute_features.ckpt")
    key = f"tuned.network.encoder.{tensor}.weight"
    before = torch.zeros_like(state[key])  # of an update
    if "adapter" not in tensor:
        path = hugging_face_model("hubert") / "model.safetensors"
        before = load_file(path)[f"encoder.{tensor}.weight"]
    assert not torch.equal(state[key], before)
    assert not any("feature_extractor" in name for name in state)


def test_folds_share_a_pretraining_and_add_up(run, tmp_path):
    row = recipe("DINO/hparams/ecapa")
    first = run(row, tmp_path)
    log = (tmp_path / "fold_1/train_log.txt").read_text()
    again = run(row, tmp_path)
    assert again["metrics"] == first["metrics"]
    assert again["train_seconds"] == first["train_seconds"]
    assert (tmp_path / "fold_1/train_log.txt").read_text() == log

    # The second finds its encoder where the first has left it
    pretrain = tmp_path / "fold_1/pretrain"
    second = {**row, "test_debug_checks": "file_exists=[fold_2/log.json]"}
    both = run(second, tmp_path, "--fold=2", f"--pretrained={pretrain}")
    assert not (tmp_path / "fold_2/pretrain/encoder.ckpt").exists()
    assert both["protocol"]["folds"] == ["1", "2"]
    assert both["protocol"]["pretraining"] == str(pretrain)
    (scores,) = both["metrics"].values()
    assert sum(map(sum, scores["pooled"]["confusion"])) == 16
    speakers = [
        {row["spk_id"] for row in read_predictions(path)}
        for path in sorted(tmp_path.glob("fold_*/predictions.csv"))
    ]
    assert speakers == [{"Ses01_F", "Ses01_M"}, {"Ses02_F", "Ses02_M"}]
