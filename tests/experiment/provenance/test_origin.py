"""What trained the weights in a folder is read from the run, or the card, that lies there."""

import json

import pytest

from sb_contrastive.experiment.provenance.origin import origin, starts_of
from sb_contrastive.experiment.provenance.record import Record


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Makes a run of which stages have left weights."""

    def make(name, stage, unit, start=None):
        folder = tmp_path / name
        path = folder / unit / "encoder.ckpt"
        path.parent.mkdir(parents=True)
        path.write_text(f"weights of {name}")
        monkeypatch.setattr("sys.argv", ["train.py", name])
        record = Record(folder)
        record.note(stage, [start] if start else [])
        record.trains(stage, path.parent)
        text = {stage: {"unlabelled": "my_wavs", "manifest": "null"}}
        (folder / "settings.json").write_text(json.dumps(text))
        return path

    return make


def test_a_chain_of_runs(run):
    first = run("first", "pretrain", "pretrain")
    unit = "labels_100/two_step/fold_1"
    second = run("second", "two_step", unit, start=first)
    step = second.parent / "finetune_all" / "model.ckpt"
    step.parent.mkdir()
    step.write_text("more")
    told = origin(step)
    assert told["stage"] == "two_step" and told["data"] == "unlabelled my_wavs"
    assert [call["command"] for call in told["calls"]] == [
        "python train.py second"
    ]
    (before,) = told["starts"]
    assert before["file"] == str(first) and before["stage"] == "pretrain"
    assert before["calls"][0]["command"] == "python train.py first"


def test_the_hash_is_that_of_the_weights_when_they_were_used(run):
    first = run("first", "pretrain", "pretrain")
    second = run("second", "two_step", "labels_100/two_step/fold_1", first)
    before = origin(first)["sha256"]
    first.write_text("others")
    record = Record(second.parents[3])
    (start,) = starts_of(record, ["two_step"])
    assert start["sha256"] == before != origin(first)["sha256"]


def test_a_card_is_asked_before_the_run_around_it(run):
    path = run("first", "pretrain", "encoder")
    card = {"title": "A title", "command": "python train.py x", "seed": "1"}
    path.with_name("card.json").write_text(json.dumps(card))
    told = origin(path)
    assert told["model"] == "A title" and told["command"] == card["command"]
    assert "calls" not in told


def test_of_weights_from_somebody_else_only_the_hash_is_known(tmp_path):
    path = tmp_path / "embedding_model.ckpt"
    path.write_text("weights")
    assert origin(path).keys() == {"file", "sha256"}
