"""hparams/dino_ser.yaml from end to end on a tiny corpus: results, skipping, resuming, folds."""

import csv
import functools
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from speechbrain.inference.classifiers import EncoderClassifier

from sb_contrastive.brains import ClassificationBrain, DINOBrain
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.encoders.weights import load_weights
from sb_contrastive.evaluation.embeddings.embed import embed
from sb_contrastive.experiment import Experiment

STEP = (
    "{{trainable: {}, epochs: 2, least_steps: 1, learning_rate: "
    "!new:sb_contrastive.schedules.WarmupCosine {{peak: 0.01}}}}"
)


@pytest.fixture(scope="module")
def corpora(tiny_corpora):
    return tiny_corpora


@pytest.fixture(scope="module")
def make(corpora, tiny_encoder):
    def make(folder, **more):
        values = {
            "output_folder": folder,
            "data_folder": corpora / "iemocap",
            "prepare": "!name:sb_contrastive.corpora.prepare_iemocap"
            " {expected_utterances: 40}",
            "unlabelled": corpora / "voxceleb",
            "encoder": tiny_encoder,
            "prototypes": 16,
            "pretrain_batch_size": 8,
            "batch_size": 4,
            "finetune_augmentation": "null",
            "pretrain": "!name:sb_contrastive.stages.pretrain"
            " {epochs: 2, least_steps: 1}",
            "finetune_affine": STEP.format("affine"),
            "finetune_all": STEP.format("all"),
            "train_from_scratch": STEP.format("all"),
            "probe": STEP.format("output"),
            "fold": 1,
            **more,
        }
        text = "\n".join(f"{key}: {value}" for key, value in values.items())
        return Experiment("hparams/dino_ser.yaml", text)

    return make


@pytest.fixture
def experiment(make, tmp_path):
    return lambda name, **more: make(tmp_path / name, **more)


@pytest.fixture(scope="module")
def whole(make, tmp_path_factory):
    """Folder of a run that nothing has interrupted."""
    run = make(tmp_path_factory.mktemp("whole"), stages="[pretrain, two_step]")
    run.run()
    return run.folder


def test_results_plots_and_a_model_that_speechbrain_loads(
    rendered, experiment, capsys
):
    run = experiment(
        "whole",
        stages="[pretrain, two_step, from_scratch, linear_probe, report, export]",
    )
    run.run()
    table = capsys.readouterr().out
    assert "two_step" in table and "linear_probe" in table
    results = json.loads((run.folder / "results.json").read_text())
    assert results["seed"] == 1986 and results["train_seconds"] > 0
    assert set(results["metrics"]) == {
        "two_step",
        "from_scratch",
        "linear_probe",
    }
    assert "TRANSDUCTIVE" not in results["protocol"]["pretraining"]
    names = {path.name for path in (run.folder / "plots").glob("*.png")}
    assert {"pretrain.png", "confusion_two_step.png", "embeddings.png"} <= names
    page = (run.folder / "report.html").read_text()
    assert "Map of the embeddings" in page and "built-in" not in page
    assert results["protocol"]["split"] == "leave one fold out, fold 1 of 5"
    log = run.folder / "labels_100/two_step/fold_1/finetune_all/log.json"
    epochs = json.loads(log.read_text())["epochs"]
    assert [row["epoch"] for row in epochs] == [1, 2]
    wav = read_manifest(run.folder / "manifests" / "labelled.csv")[0]["wav"]
    model = EncoderClassifier.from_hparams(source=str(run.folder / "model"))
    _, _, _, label = model.classify_file(wav)
    assert label[0] in ("ang", "hap", "neu", "sad")


@pytest.mark.parametrize("in_domain", [False, True])
def test_epochs_are_judged_by_a_linear_probe(experiment, in_domain):
    run = experiment(
        "judged",
        stages="[pretrain]",
        pretrain="!name:sb_contrastive.stages.pretrain {epochs: 2, "
        f"least_steps: 1, judge_epochs: True, in_domain: {in_domain}}}",
    )
    run.run()
    folder = run.folder / "pretrain" / ("fold_1" if in_domain else "")
    epochs = json.loads((folder / "log.json").read_text())["epochs"]
    rows = read_manifest(run.folder / "manifests" / "labelled.csv")
    encoder = run.build("encoder")["encoder"]
    load_weights(encoder, folder)
    z = embed(encoder, rows)
    folds = [row["session"] for row in rows]
    hits = {}
    for fold in ["1"] if in_domain else sorted(set(folds)):
        own = np.array([name == fold for name in folds])
        scaler = StandardScaler().fit(z[~own])
        labels = np.array([row["label"] for row in rows])
        model = LogisticRegression(C=0.01, class_weight="balanced")
        model.fit(scaler.transform(z[~own]), labels[~own])
        found = model.predict(scaler.transform(z[own]))
        for true, given in zip(labels[own], found):
            hits.setdefault(true, []).append(true == given)
    expected = np.mean([np.mean(own) for own in hits.values()])
    assert epochs[-1]["UA_probe"] == pytest.approx(expected, abs=0.06)
    assert len(epochs) == 2 and "UA_probe" in epochs[0]


def test_test_speakers_are_predicted_and_never_trained_on(experiment):
    run = experiment("folds", stages="[pretrain, from_scratch]", fold=2)
    run.run()
    path = run.folder / "labels_100/from_scratch/fold_2/predictions.csv"
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["spk_id"] for row in rows} == {"Ses02_F", "Ses02_M"}
    assert len(rows) == 8


def test_finished_stages_are_skipped(make, whole, monkeypatch):
    def train_again(*args, **kwargs):
        raise AssertionError("trained again")

    monkeypatch.setattr(DINOBrain, "fit", train_again)
    monkeypatch.setattr(ClassificationBrain, "fit", train_again)
    make(whole, stages="[pretrain, two_step]").run()


@pytest.mark.parametrize(
    "brain, steps", [(DINOBrain, 3), (ClassificationBrain, 9)]
)
def test_an_interrupted_run_ends_in_the_same_bits(
    experiment, whole, monkeypatch, brain, steps
):
    broken = experiment("broken", stages="[pretrain, two_step]")
    with monkeypatch.context() as patch:
        count, fit_batch = [0], brain.fit_batch

        def stop_midway(self, batch):
            count[0] += 1
            if count[0] > steps:
                raise KeyboardInterrupt
            return fit_batch(self, batch)

        patch.setattr(brain, "fit_batch", stop_midway)
        with pytest.raises(KeyboardInterrupt):
            broken.run()
    experiment("broken", stages="[pretrain, two_step]").run()
    for name in (
        "pretrain/encoder.ckpt",
        "labels_100/two_step/fold_1/finetune_all/model.ckpt",
    ):
        one = torch.load(whole / name, weights_only=True)
        other = torch.load(broken.folder / name, weights_only=True)
        assert one.keys() == other.keys()
        assert all(one[key].equal(other[key]) for key in one), name
    fold = "labels_100/two_step/fold_1/predictions.csv"
    found = (broken.folder / fold).read_text()
    assert (whole / fold).read_text() == found


@pytest.mark.slow
def test_killed_before_each_file_ends_in_the_same_bits(
    experiment, forked, one_thread
):
    stages = "[pretrain, two_step, report]"
    whole = experiment("whole", stages=stages)
    whole.run()

    def until(name):
        replace = os.replace

        def die(source, target):
            if Path(target).name == name:
                os.kill(os.getpid(), signal.SIGKILL)
            replace(source, target)

        os.replace = die
        experiment("cut", stages=stages).run()

    # In the order of their writing
    first = ("unlabelled.csv", "labelled.csv", "settings.json")
    then = ("provenance.json", "encoder.ckpt", "model.ckpt", "log.json")
    last = ("predictions.csv", "results.json")
    for name in first + then + last:
        assert forked(functools.partial(until, name)) == [-signal.SIGKILL]
    cut = experiment("cut", stages=stages)
    cut.run()
    for name in (
        "pretrain/encoder.ckpt",
        "labels_100/two_step/fold_1/finetune_affine/model.ckpt",
        "labels_100/two_step/fold_1/finetune_all/model.ckpt",
    ):
        one = torch.load(whole.folder / name, weights_only=True)
        other = torch.load(cut.folder / name, weights_only=True)
        torch.testing.assert_close(other, one, rtol=0, atol=0)
    one, other = (
        json.loads((run.folder / "results.json").read_text())
        for run in (whole, cut)
    )
    assert one["metrics"] == other["metrics"]
    assert not [*(cut.folder / "labels_100").rglob("save")]


def test_a_fresh_affine_starts_from_random_and_the_rest_from_pretraining(
    experiment,
):
    step = STEP.format("output").replace("{", "{fresh_affine: True, ", 1)
    run = experiment(
        "fresh", stages="[pretrain, two_step]", finetune_affine=step
    )
    run.run()
    start = torch.load(run.folder / "pretrain/encoder.ckpt", weights_only=True)
    # This step trains the output layer alone: the encoder is as it started
    end = torch.load(
        run.folder / "labels_100/two_step/fold_1/finetune_affine/model.ckpt",
        weights_only=True,
    )
    changed = {k for k in start if not start[k].equal(end[f"encoder.{k}"])}
    assert changed == {
        f"backbone.blocks.16.w.{name}" for name in ("weight", "bias")
    }


def test_the_rate_of_the_encoder_is_of_a_step_or_else_of_all_steps(
    experiment, monkeypatch
):
    rates = []
    fit = ClassificationBrain.fit

    def note(self, *args, **kwargs):
        rates.append(self.encoder_rate)
        return fit(self, *args, **kwargs)

    monkeypatch.setattr(ClassificationBrain, "fit", note)
    last = STEP.format("all").replace("{", "{encoder_rate: 0.5, ", 1)
    experiment(
        "rates",
        stages="[two_step]",
        two_step="{start: null}",
        classification_brain="{encoder_rate: 0.25}",
        finetune_all=last,
    ).run()
    assert rates == [0.25, 0.5]


def test_pretraining_without_a_pool_hears_the_training_part_only(
    experiment, monkeypatch
):
    heard = []
    fit = DINOBrain.fit

    def listen(self, counter, train, valid, **kwargs):
        heard.extend([*train.data_ids, *valid.data_ids])
        return fit(self, counter, train, valid, **kwargs)

    monkeypatch.setattr(DINOBrain, "fit", listen)
    experiment("own", unlabelled="null", stages="[pretrain]").run()
    assert heard and all("Ses01" not in utterance for utterance in heard)
