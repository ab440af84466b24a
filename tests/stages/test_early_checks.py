"""What stages will need is told before the first of them trains."""

import shutil
import sys

import numpy as np
import pytest
import soundfile

from sb_contrastive.encoders.weights import save_weights
from sb_contrastive.experiment import Experiment
from sb_contrastive.stages import pretraining
from sb_contrastive.systems.system import system as systems


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    """A manifest of four speakers with two classes, and its audio."""
    folder = tmp_path_factory.mktemp("labelled")
    noise = 0.1 * np.random.default_rng(0).standard_normal(8000)
    lines = ["wav,label,speaker"]
    for speaker in range(4):
        for label in ("glad", "sad"):
            name = f"{speaker}_{label}.wav"
            soundfile.write(folder / name, noise, 16000)
            lines.append(f"{name},{label},s{speaker}")
    (folder / "mine.csv").write_text("\n".join(lines) + "\n")
    return folder / "mine.csv"


@pytest.fixture
def run(tmp_path, manifest, monkeypatch):
    """Runs an experiment that must not come as far as training."""

    def trains(*args, **kwargs):
        raise AssertionError("training has begun")

    monkeypatch.setattr(pretraining.PretrainingRun, "train", trains)
    monkeypatch.setattr(systems, "train_and_test", trains)

    def run(*lines, labelled=manifest, file="hparams/dino_ser.yaml"):
        text = [
            f"output_folder: {tmp_path}/out",
            f"manifest: {labelled}",
            f"unlabelled: {manifest.parent}",
            "pretrain_batch_size: 4",
            "encoder: xvector",
        ]
        names = [line.split(":")[0] for line in lines]
        text = [t for t in text if t.split(":")[0] not in names]
        Experiment(file, "\n".join([*text, *lines])).run()

    return run


@pytest.mark.parametrize(
    "lines, said",
    [
        (["manifest: absent.csv"], "there is no manifest absent.csv"),
        (["validation: speaker"], "validation is one of"),
        (["fold: s7"], "there is no fold 's7'"),
        (["classes: [glad, mad]"], "names 'mad', which no .* mean 'sad'"),
        (["report: {positive: mad}"], "`positive` is 'mad'"),
        (["report: {systems: [two_stp]}"], "no system 'two_stp'"),
        (["export: {system: linear_probe}"], "no model of linear_probe"),
        (["two_step: {start: pretrian}"], "mean 'pretrain'"),
        (["stages: [pretrain, report]"], "holds no predictions to report"),
        (["stages: [pretrain, two_step, export]"], "for the model card: put"),
        (
            [
                "stages: [pretrain, export_encoder]",
                "unlabelled: null",
                "pretrain_batch_size: 2",
            ],
            "makes an encoder for each test fold",
        ),
    ],
)
def test_told_before_anything_trains(run, lines, said):
    with pytest.raises((ValueError, FileNotFoundError), match=said):
        run(*lines)
    with pytest.raises(AssertionError, match="training has begun"):
        run()  # and the mended command goes on in the same folder


COMPOSED = "hparams/composed_ser.yaml"


@pytest.mark.parametrize(
    "lines, said",
    [
        (["pretraining_brain: {keep: techer}"], "keep is one of .*'teacher'"),
        (["pretraining_brain: {weights: {dno: 1}}"], "mean 'dino'"),
        (["crops: {counts: [2], seconds: [0.4]}"], "crops draws 1 sets"),
        (["pretrain_batch_size: 32"], "set --pretrain_batch_size 6 or lower"),
        (["tensorboard: True"], "pip install tensorboard"),
        (
            ["pretraining_brain: {total_steps: 3}"],
            "gives total_steps to PretrainingBrain, and so does",
        ),
        (
            ["classification_brain: {encoder_rate: 2}", "stages: [two_step]"],
            r"encoder_rate is a share in \(0, 1\]",
        ),
        (["finetune_all: {trainable: al}"], "did you mean 'all'"),
        (["classification_brain: {classes: [a]}"], "gives classes to Class"),
    ],
)
def test_values_that_a_brain_refuses(run, lines, said, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises((ValueError, ModuleNotFoundError), match=said):
        run(*lines, file=COMPOSED)


def test_a_brain_that_is_only_looked_at_leaves_nothing(run, tmp_path):
    with pytest.raises(AssertionError, match="training has begun"):
        run(file=COMPOSED)
    left = {path.name for path in (tmp_path / "out").rglob("*")}
    assert not {"save", "train_log.txt"} & left


@pytest.fixture(scope="module")
def weights(tmp_path_factory, manifest):
    """Folder of a pretraining stage that has left an x-vector's weights."""
    folder = tmp_path_factory.mktemp("other") / "pretrain"
    text = "encoder: xvector\nembedding_dim: 96"
    run = Experiment("hparams/dino_ser.yaml", text)
    encoder = run.build("encoder")["encoder"]
    save_weights(encoder, folder / "encoder.ckpt")
    return folder


@pytest.mark.parametrize("file", ["", "/encoder.ckpt"])
@pytest.mark.parametrize("stage", ["from_scratch", "pretrain"])
def test_weights_of_another_network(run, weights, stage, file):
    start = f"{stage}: {{start: {weights}{file}}}"
    with pytest.raises(ValueError, match="weights of another network"):
        run(start)
    with pytest.raises(AssertionError, match="training has begun"):
        run(start, "embedding_dim: 96")


def test_weights_that_a_debug_run_has_left(run, weights, tmp_path):
    folder = tmp_path / "first_debug" / "pretrain"
    shutil.copytree(weights, folder)
    start = f"from_scratch: {{start: {folder}}}"
    with pytest.raises(ValueError, match="was left by a debug run"):
        run(start, "embedding_dim: 96")
    # Whatever its name: the settings of the folder tell
    settings = folder.parent / "settings.json"
    settings.write_text('{"pretrain": {"seed": "1"}}')
    with pytest.raises(AssertionError, match="training has begun"):
        run(start, "embedding_dim: 96")
    settings.write_text('{"pretrain": {"debug": "True"}}')
    renamed = folder.parent.rename(tmp_path / "renamed")
    start = f"from_scratch: {{start: {renamed}/pretrain/encoder.ckpt}}"
    with pytest.raises(ValueError, match="give the folder of a run without"):
        run(start, "embedding_dim: 96")


def test_a_class_that_a_model_cannot_hold(run, manifest):
    other = manifest.with_name("arrow.csv")
    other.write_text(manifest.read_text().replace(",sad,", ",a => b,"))
    with pytest.raises(ValueError, match="cannot store the class 'a => b'"):
        run(labelled=other)


@pytest.mark.parametrize(
    "lines, said",
    [
        (["crop_seconds: [0.8, 0.4, 0.2]"], "the same groups"),
        (
            [
                "classification_brain: {opt_class: {betas: [0.9, -1]}}",
                "stages: [pretrain, two_step]",
            ],
            "classification_brain: Invalid beta parameter",
        ),
        (
            [
                "stages: [pretrain, from_scratch]",
                "from_scratch: {steps: [!name:sb_contrastive.systems."
                "ClassifierStep {epochs: 1, learning_rate: "
                "!new:sb_contrastive.schedules.Constant {value: 0.1}, "
                "classifier: !new:torch.nn.Bilinear [2, 2, -1]}]}",
            ],
            "from_scratch cannot be built: RuntimeError",
        ),
    ],
)
def test_what_a_later_stage_cannot_build(run, lines, said):
    with pytest.raises(ValueError, match=said):
        run(*lines)
