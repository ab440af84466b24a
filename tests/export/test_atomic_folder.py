"""An export is there whole or not at all, and replaces nothing but an export."""

import os
import shutil

import pytest
import torch
from speechbrain.inference.classifiers import EncoderClassifier

import sb_contrastive.export.model_folder as model_folder
from sb_contrastive.export import export_classifier, export_encoder

CARD = {"title": "A test"}


@pytest.mark.parametrize("older", [False, True])
def test_an_interrupted_export_changes_nothing(
    older, tmp_path, monkeypatch, built, small_yaml
):
    yaml = small_yaml()
    encoder, classifier = built(yaml), torch.nn.Linear(8, 2)
    if older:
        export_encoder(tmp_path / "model", yaml, encoder, CARD)
    before = {p: p.is_dir() or p.read_bytes() for p in tmp_path.rglob("*")}
    original = model_folder.get_default_hook
    calls = []

    def interrupted(*args):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(*args)

    monkeypatch.setattr(model_folder, "get_default_hook", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export_classifier(
            tmp_path / "model", yaml, encoder, classifier, ["a", "b"], CARD
        )
    after = {p: p.is_dir() or p.read_bytes() for p in tmp_path.rglob("*")}
    assert after == before


def test_an_older_export_is_restored_when_its_place_cannot_be_taken(
    tmp_path, monkeypatch, built, small_yaml
):
    encoder = built(small_yaml())
    given = (tmp_path / "small.yaml", encoder)
    folder = export_encoder(tmp_path / "model", *given, {"title": "old"})
    move = os.replace

    def fails_for_new(source, target):
        if str(source).endswith(".new"):
            raise OSError("disk trouble")
        move(source, target)

    monkeypatch.setattr(os, "replace", fails_for_new)
    with pytest.raises(OSError, match="disk trouble"):
        export_encoder(folder, *given, {"title": "new"})
    assert "# old" in (folder / "README.md").read_text()
    assert sorted(os.listdir(tmp_path)) == ["model", "small.yaml"]


def test_an_older_export_is_wholly_replaced(tmp_path, ecapa, built, small_yaml):
    _, _, old = ecapa
    folder = tmp_path / "model"
    shutil.copytree(old, folder)
    (folder / "stray.txt").touch()
    encoder = built(small_yaml())
    export_encoder(folder, tmp_path / "small.yaml", encoder, CARD)
    fresh = export_encoder(
        tmp_path / "fresh", tmp_path / "small.yaml", encoder, CARD
    )
    assert sorted(os.listdir(folder)) == sorted(os.listdir(fresh))
    assert sorted(os.listdir(tmp_path)) == ["fresh", "model", "small.yaml"]
    assert EncoderClassifier.from_hparams(source=folder).encode_batch(
        torch.randn(1, 8000)
    ).shape == (1, 1, 8)


def test_a_folder_of_something_else_is_not_replaced(
    tmp_path, built, small_yaml
):
    encoder = built(small_yaml())
    (tmp_path / "results").mkdir()
    # SpeechBrain writes such a file into the folder of every experiment
    (tmp_path / "results" / "hyperparams.yaml").touch()
    (tmp_path / "results" / "train_log.txt").touch()
    with pytest.raises(ValueError, match="no exported model"):
        export_encoder(
            tmp_path / "results", tmp_path / "small.yaml", encoder, CARD
        )
    assert len(os.listdir(tmp_path / "results")) == 2
