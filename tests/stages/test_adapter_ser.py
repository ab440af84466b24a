"""hparams/adapter_ser.yaml from end to end on a tiny corpus: frozen frames, both stages, the baseline, resuming."""

import json

import pytest
import torch
from speechbrain.inference.classifiers import EncoderClassifier

from sb_contrastive.brains import AdapterBrain, ClassificationBrain
from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.features.cache import FeatureCache
from sb_contrastive.data.folds.folds import split_fold
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.evaluation.classification.prediction_file import (
    read_predictions,
)
from sb_contrastive.experiment import Experiment

STEP = (
    "{{trainable: {}, epochs: "
    "2, least_steps: 1, learning_rate: "
    "!new:sb_contrastive.schedules.WarmupCosine {{peak: 0.01}}}}"
)
ADAPT = (
    "!name:sb_contrastive.stages.pretrain {pretraining_brain: !ref <adapter_brain> , frames: "
    "!name:sb_contrastive.stages.frame_cache , epochs: 2, least_steps: 1}"
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
            "pretrain": "!name:sb_contrastive.stages.pretrain_frames"
            " {epochs: 1, least_steps: 1}",
            "adapt": ADAPT,
            "adapter_dim": 16,
            "num_attributes": 4,
            "check_from": 2,  # four steps may well not tell frames apart
            "finetune": STEP.format("all"),
            "finetune_unadapted": STEP.format("all"),
            "probe": STEP.format("affine"),
            "fold": 1,
            **more,
        }
        text = "\n".join(f"{key}: {value}" for key, value in values.items())
        return Experiment("hparams/adapter_ser.yaml", text)

    return make


@pytest.fixture(scope="module")
def pretrained(make, tmp_path_factory):
    """Folder of a pretraining stage that has run."""
    run = make(tmp_path_factory.mktemp("first"), stages="[pretrain]")
    run.run()
    return run.folder / "pretrain"


@pytest.fixture(scope="module")
def whole(make, pretrained, tmp_path_factory):
    """Folder of a run that nothing has interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    make(folder, start=pretrained, stages="[adapt, adapted]").run()
    return folder


@pytest.fixture
def experiment(make, pretrained, tmp_path):
    """Makes an experiment that starts from that encoder, if not told otherwise."""

    def start(name, **more):
        return make(tmp_path / name, **{"start": pretrained, **more})

    return start


def load(path):
    return torch.load(path, weights_only=True)


def test_both_stages_and_the_baseline(rendered, experiment, capsys):
    run = experiment(
        "whole",
        stages="[pretrain, adapt, adapted, unadapted, adapted_probe, report, "
        "export]",
        start="null",
    )
    run.run()
    table = capsys.readouterr().out
    assert "Frozen encoder: a small Xvector, pretrained by this" in table
    results = json.loads((run.folder / "results.json").read_text())
    assert set(results["metrics"]) == {"adapted", "unadapted", "adapted_probe"}
    assert "Xvector" in results["protocol"]["frozen_encoder"]
    assert (run.folder / "plots" / "adapt.png").is_file()
    row = json.loads((run.folder / "adapt/log.json").read_text())["epochs"][-1]
    assert {"mask_prediction", "self_distillation", "layer_weight_3"} <= set(
        row
    )
    start = load(run.folder / "adapt/encoder.ckpt")
    for system, moves in (("adapted", True), ("adapted_probe", False)):
        (path,) = run.folder.glob(f"labels_100/{system}/fold_1/*/model.ckpt")
        state = load(path)
        same = [
            value.equal(state[f"encoder.{name}"])
            for name, value in start.items()
            if name.startswith("adapter.")
        ]
        assert same and all(same) != moves
        assert not state["encoder.pooling.hidden.weight"].equal(
            start["pooling.hidden.weight"]
        )
    # The exported model hears audio; the frames of the cache are half as exact
    model = EncoderClassifier.from_hparams(source=str(run.folder / "model"))
    rows = read_manifest(run.folder / "manifests/labelled.csv")
    spans = {r["ID"]: (r["wav"], int(r["start"]), int(r["stop"])) for r in rows}
    (path,) = run.folder.glob("labels_100/adapted/fold_1/predictions.csv")
    for row in read_predictions(path)[:3]:
        wav = torch.from_numpy(read_span(*spans[row["ID"]]))
        found, *_ = model.classify_batch(wav[None])
        kept = [
            float(row[f"p_{name}"]) for name in ("ang", "hap", "neu", "sad")
        ]
        assert found.exp()[0].tolist() == pytest.approx(kept, abs=2e-3)
    # Labelled and unlabelled utterances, each encoded once
    (index,) = run.folder.glob("features/*/index.jsonl")
    assert len(index.read_text().splitlines()) == 40 + 20


def test_a_test_speaker_is_heard_by_no_stage(experiment, monkeypatch):
    run = experiment(
        "folds",
        stages="[pretrain, adapt]",
        start="null",
        unlabelled="null",
        pretrain_validation_share=0.2,
        pretrain_batch_size=4,
        fold=2,
    )
    build, heard = FeatureCache.build, []

    def noted(self, rows):
        heard.extend(row["ID"] for row in rows)
        build(self, rows)

    monkeypatch.setattr(FeatureCache, "build", noted)
    run.run()
    rows = read_manifest(run.folder / "manifests" / "labelled.csv")
    train, _, _ = split_fold(rows, "2")
    assert set(heard) == {row["ID"] for row in train}
    for stage in ("pretrain", "adapt"):
        assert (run.folder / stage / "fold_2" / "encoder.ckpt").is_file()


def test_an_encoder_that_is_there_is_not_pretrained(experiment, pretrained):
    run = experiment("second", stages="[pretrain, adapt, adapted, report]")
    run.run()
    assert not (run.folder / "pretrain").exists()
    results = json.loads((run.folder / "results.json").read_text())
    protocol = results["protocol"]
    assert protocol["frozen_encoder"] == f"Xvector, pretrained in {pretrained}"
    assert protocol["pretraining"].startswith(f"{pretrained}, of another")
    assert "then 20 unlabelled utterances" in protocol["pretraining"]


def test_a_frozen_front_end_is_not_pretrained(
    experiment, hugging_face_model, capsys
):
    run = experiment(
        "hubert",
        stages="[pretrain, adapt, adapted, report]",
        encoder="hubert",
        start="null",
        hub=hugging_face_model(),
        unlabelled="null",
        pretrain_batch_size=4,
        pretrain_validation_share=0.2,
    )
    run.run()
    assert not (run.folder / "pretrain").exists()
    assert f"Frozen encoder: {hugging_face_model()}" in capsys.readouterr().out
    results = json.loads((run.folder / "results.json").read_text())
    heard = results["protocol"]["pretraining"]
    assert heard == "training part of each fold"
    (path,) = run.folder.glob("adapt/fold_1/encoder.ckpt")
    # As wide as the adapter: nothing leads from one width to the other
    assert "adapter.projection.weight" not in load(path)


@pytest.mark.parametrize("brain", [AdapterBrain, ClassificationBrain])
def test_an_interrupted_run_ends_in_the_same_bits(
    experiment, whole, monkeypatch, brain
):
    stages = "[adapt, adapted]"
    broken = experiment("broken", stages=stages)
    with monkeypatch.context() as patch:
        count, fit_batch = [0], brain.fit_batch

        def stop_midway(self, batch):
            count[0] += 1
            if count[0] > 2:  # of two batches an epoch
                raise KeyboardInterrupt
            return fit_batch(self, batch)

        patch.setattr(brain, "fit_batch", stop_midway)
        with pytest.raises(KeyboardInterrupt):
            broken.run()
    experiment("broken", stages=stages).run()
    for name in (
        "adapt/encoder.ckpt",
        "labels_100/adapted/fold_1/finetune/model.ckpt",
    ):
        one, other = load(whole / name), load(broken.folder / name)
        assert one.keys() == other.keys()
        assert all(one[key].equal(other[key]) for key in one), name


@pytest.mark.parametrize(
    "switch, names",
    [
        ({"w_la": 0}, {"mask_prediction", "self_distillation"}),
        ({"w_mp": 0, "w_sd": 0}, {"local_attributes"}),
    ],
)
def test_an_objective_is_switched_off_by_one_value(experiment, switch, names):
    run = experiment(
        "switched",
        stages="[adapt, unadapted]",
        layer_weights="last",
        pooling="mean",
        **switch,
    )
    run.run()
    log = json.loads((run.folder / "adapt/log.json").read_text())
    objectives = {"mask_prediction", "self_distillation", "local_attributes"}
    assert objectives & set(log["epochs"][-1]) == names
    assert "layer_weight_2" not in log["epochs"][-1]
    assert 0 < log["teacher_initial_share"] <= 0.01 * (1 + 1e-6)
    (path,) = run.folder.glob("labels_100/unadapted/fold_1/*/model.ckpt")
    assert load(path)["classifier.weight"].shape == (4, 16)


def test_each_system_has_a_rate_of_its_own_for_the_adapter():
    text = "encoder_rate: 0.3\nunadapted_encoder_rate: 0.7"
    hparams = Experiment("hparams/adapter_ser.yaml", text).load()
    rates = [
        hparams[system].keywords["steps"][0].keywords["encoder_rate"]
        for system in ("adapted", "unadapted")
    ]
    assert rates == [0.3, 0.7]


@pytest.mark.parametrize("target", ["encoder", "teacher"])
def test_the_predictor_puts_out_frames_of_the_target(experiment, target):
    hparams = experiment("sizes", mask_target=target, adapter_dim=32).load()
    size = {"encoder": hparams["frozen"].frame_dim, "teacher": 32}
    assert size["encoder"] != 32
    brain = hparams["adapter_brain"].keywords
    predictor = brain["modules"]["predictor"]
    assert predictor[-1].out_features == size[target]
    assert brain["objective"].mask_target == target


def test_one_adapter_serves_several_poolings(experiment, whole):
    step = STEP.format("all").replace("{", "{fresh_affine: True, ", 1)
    other = experiment(
        "other",
        stages="[adapted]",
        adapted=f"{{start: {whole / 'adapt'}}}",
        pooling="mean",
        finetune=step,
    )
    other.run()
    (path,) = other.folder.glob("labels_100/adapted/fold_1/*/model.ckpt")
    assert load(path)["encoder.norm.weight"].shape == (16,)
