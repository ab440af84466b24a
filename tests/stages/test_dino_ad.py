"""hparams/dino_ad.yaml from end to end on a tiny corpus: subjects, the control, the official test part."""

import csv
import json
from pathlib import Path

import pytest

from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.evaluation.classification.prediction_file import (
    read_predictions,
)
from sb_contrastive.experiment import Experiment
from sb_contrastive.synthetic import write_adress

STEP = (
    "{{trainable: {}, epochs: 1, least_steps: 1, learning_rate: "
    "!new:sb_contrastive.schedules.WarmupCosine {{peak: 0.01}}}}"
)


@pytest.fixture(scope="module")
def adress(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora") / "adress"
    return Path(write_adress(folder, train=6, test=2, seconds=12, jobs=1))


@pytest.fixture
def experiment(adress, tiny_corpora, tmp_path, tiny_encoder):
    def make(name, **more):
        values = {
            "output_folder": tmp_path / name,
            "data_folder": adress,
            "prepare": "!name:sb_contrastive.corpora.prepare_adress"
            " {expected_subjects: null}",
            "unlabelled": tiny_corpora / "voxceleb",
            "encoder": tiny_encoder,
            "prototypes": 16,
            "pretrain_batch_size": 8,
            "batch_size": 4,
            "folds": 3,
            "pretrain": "!name:sb_contrastive.stages.pretrain"
            " {epochs: 1, least_steps: 1}",
            "finetune_affine": STEP.format("affine"),
            "finetune_all": STEP.format("all"),
            "train_from_scratch": STEP.format("all"),
            **more,
        }
        text = "\n".join(f"{key}: {value}" for key, value in values.items())
        return Experiment("hparams/dino_ad.yaml", text)

    return make


def predictions(folder):
    rows = []
    for path in sorted(folder.glob("*/predictions.csv")):
        with open(path, newline="", encoding="utf-8") as file:
            rows += csv.DictReader(file)
    return rows


def test_the_official_test_is_heard_by_whatever_classifier_a_step_has(
    experiment,
):
    """A step may name another classifier than a linear layer."""
    head = (
        "{classifier: !name:sb_contrastive.encoders.ClassHead {hidden_dim: 8, "
        "dropout: 0.2}, epochs: 1, least_steps: 1, learning_rate: "
        "!new:sb_contrastive.schedules.WarmupCosine {peak: 0.01}}"
    )
    run = experiment(
        "head",
        stages="[from_scratch, official_test, report, export]",
        official_test="{systems: [from_scratch]}",
        export="{system: from_scratch}",
        train_from_scratch=head,
    )
    run.run()
    results = json.loads((run.folder / "results.json").read_text())
    assert results["metrics"]["from_scratch"]["held_out"]["subjects"] == 2
    assert (run.folder / "model" / "hyperparams.yaml").is_file()
    # The mean of what the models of all folds say, each computed by hand
    system = run.system("from_scratch")
    rows = system.tested(
        read_manifest(run.folder / "manifests" / "held_out.csv")
    )
    posteriors = []
    for fold in system.finished(1.0):
        step, networks = system.trained(1.0, fold)
        posteriors.append(step.posteriors(networks, rows))
    mean = sum(posteriors) / len(posteriors)
    found = read_predictions(
        run.folder / "labels_100/from_scratch/held_out/predictions.csv"
    )
    for row, own in zip(found, mean.tolist(), strict=True):
        kept = [float(row[f"p_{name}"]) for name in system.classes]
        assert kept == pytest.approx(own, abs=1e-5)


def test_every_subject_gets_one_decision_beside_the_control(experiment, capsys):
    run = experiment("whole")
    run.run()
    table = capsys.readouterr().out
    assert "silence_control" in table and "Official test part" in table
    results = json.loads((run.folder / "results.json").read_text())
    metrics = results["metrics"]
    assert set(metrics) == {"two_step", "silence_control", "from_scratch"}
    for scores in metrics.values():
        assert scores["detection"]["subjects"] == 6
        assert sum(map(sum, scores["pooled"]["confusion"])) == 6
        low, high = scores["detection"]["AUC"]["interval"]
        assert low <= scores["detection"]["AUC"]["value"] <= high
    assert metrics["two_step"]["held_out"]["subjects"] == 2
    assert "held_out" not in metrics["silence_control"]
    assert results["task"] == "Alzheimer's detection"
    assert "4.0 s every 2.0 s" in results["protocol"]["decision"]
    assert (run.folder / "model" / "hyperparams.yaml").is_file()

    # Each subject is tested once, in its fold, and no fold's model heard it
    rows = predictions(run.folder / "labels_100/two_step")
    folds = {}
    for row in rows:
        folds.setdefault(row["spk_id"], set()).add(row["fold"])
    assert len(folds) == 8 and all(len(f) == 1 for f in folds.values())
    assert folds["S160"] == folds["S161"] == {"test"}
    assert len(rows) > 8  # chunks
    # The control hears other audio of the same subjects and folds
    speech, pauses = (
        {
            r["ID"]: r
            for r in read_manifest(run.folder / f"manifests/{name}.csv")
        }
        for name in ("labelled", "pauses")
    )
    assert speech.keys() == pauses.keys()
    for name, row in speech.items():
        assert row["fold"] == pauses[name]["fold"]
        assert row["wav"] != pauses[name]["wav"]


def test_one_subject_left_out_at_a_time(experiment):
    run = experiment(
        "each",
        folds="each_subject",
        validation="stratified",
        fold="S001",
        stages="[from_scratch, report]",
    )
    run.run()
    folder = run.folder / "labels_100/from_scratch"
    rows = predictions(folder)
    assert {row["spk_id"] for row in rows} == {"S001"}
    with pytest.raises(ValueError, match="add --validation stratified"):
        experiment("one", folds="each_subject", stages="[from_scratch]").run()


def test_a_test_part_without_labels_is_predicted_and_not_scored(
    experiment, adress, tmp_path
):
    manifest = tmp_path / "mine.csv"
    lines = ["wav,subject,label,split"]
    for path in sorted(adress.rglob("Full*/**/*.wav")):
        label = {"cc": "control", "cd": "dementia"}.get(path.parent.name, "")
        split = "train" if label else "test"
        lines.append(f"{path},{path.stem},{label},{split}")
    manifest.write_text("\n".join(lines))
    run = experiment(
        "mine",
        manifest=manifest,
        stages="[from_scratch, official_test, report]",
    )
    run.run()
    results = json.loads((run.folder / "results.json").read_text())
    assert "held_out" not in results["metrics"]["from_scratch"]
    rows = predictions(run.folder / "labels_100/from_scratch")
    tested = [row for row in rows if row["fold"] == "test"]
    assert {r["spk_id"] for r in tested} == {"S160", "S161"}
    assert {r["label"] for r in tested} == {""} and tested[0]["prediction"]
