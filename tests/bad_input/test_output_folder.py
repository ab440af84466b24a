"""train.py after a mistake: one sentence, and nothing left that stops the next run."""

import json
import runpy
import sys

import pytest
import torch

from sb_contrastive.encoders.weights_file import weights_from
from sb_contrastive.experiment import Experiment

YAML = """
seed: 1986
__set_seed: !apply:speechbrain.utils.seed_everything [!ref <seed>]
output_folder: {folder}
stages: [pretrain]
pretrain: !name:sb_contrastive.stages.pretrain
    epochs: 1
    start: !ref <start>
start: null
unlabelled: {manifest}
data_root: null
data_folder: null
manifest: null
on_bad_audio: stop
trim_silence_db: 0
pretrain_batch_size: 4
pretrain_validation_share: 0.4
num_workers: 0
tensorboard: False
precision: fp32
nonfinite_patience: 3
crops: !new:sb_contrastive.data.views.RandomCrops
    counts: [2]
    seconds: [0.1]
    seed: !ref <seed>
dim: 4
encoder: !new:sb_contrastive.encoders.UtteranceEncoder
    embedding_dim: !ref <dim>
    compute_features: !new:speechbrain.lobes.features.Fbank
        n_mels: 8
    backbone: !new:speechbrain.lobes.models.Xvector.Xvector
        in_channels: 8
        lin_neurons: !ref <dim>
        tdnn_blocks: 1
        tdnn_channels: [8]
        tdnn_kernel_sizes: [3]
        tdnn_dilations: [1]
pretraining_brain: !name:sb_contrastive.brains.SimCLRBrain
    modules: {{encoder: !ref <encoder>}}
    loss: !new:sb_contrastive.losses.NTXentLoss
    crops: !ref <crops>
    opt_class: !name:torch.optim.SGD
    learning_rate: !new:sb_contrastive.schedules.Constant
        value: 0.01
"""


@pytest.fixture
def experiment(tmp_path, recordings):
    """Path of a tiny experiment on eight spans of one recording."""
    lines = [
        f"{recordings}/good.wav,{i},{400 * i},{400 * i + 2000}"
        for i in range(7)
    ]
    rows = "\n".join(["wav,ID,start,stop", *lines])
    (tmp_path / "mine.csv").write_text(rows)
    path = tmp_path / "mine.yaml"
    places = {"folder": tmp_path / "out", "manifest": tmp_path / "mine.csv"}
    path.write_text(YAML.format(**places), encoding="utf-8")
    return path


@pytest.fixture
def train(monkeypatch, capsys):
    """Runs train.py as a command; returns its status and what it printed."""

    def run(*words):
        argv = ["train.py", *map(str, words), "--noprogressbar"]
        monkeypatch.setattr(sys, "argv", argv)
        status = 0
        try:
            runpy.run_path("train.py", run_name="__main__")
        except SystemExit as leaving:
            status = leaving.code
        return status, capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    "words, said",
    [
        (["--unlabelled", "no.csv"], "there is no manifest no.csv"),
        (["--pretrain_batch_size", "40"], "cannot fill a batch of 40"),
        (["--pretrain_batch_size", "0"], "--pretrain_batch_size is at least 1"),
        (["--pretrain_batch_size", "1"], "with the others of its batch"),
        (["--epoch", "3"], "no value --epoch"),
        (["--precision", "fp16"], "not yet supported on CPU"),
        (
            ["--pretrain_validation_share", "2"],
            "--pretrain_validation_share is",
        ),
    ],
)
def test_a_mistake_is_one_sentence_and_blocks_nothing(
    experiment, train, words, said
):
    status, printed = train(experiment, *words)
    assert status == 2
    (line,) = [
        x for x in printed.splitlines() if x.startswith(("ValueE", "File"))
    ]
    assert said in line and "Traceback" not in printed
    folder = experiment.parent / "out"
    assert not list(folder.rglob("*.ckpt"))
    # The same folder, with the mistake mended
    assert train(experiment)[0] == 0
    assert (folder / "pretrain" / "encoder.ckpt").is_file()


def test_a_fault_of_the_program_keeps_its_traceback(
    experiment, train, monkeypatch
):
    def broken(self):
        return int("no number")

    monkeypatch.setattr(Experiment, "run", broken)
    with pytest.raises(ValueError, match="invalid literal"):
        train(experiment)


def test_what_was_trained_is_not_taken_over(experiment, train):
    assert train(experiment)[0] == 0
    kept = (experiment.parent / "out" / "settings.json").read_bytes()
    status, printed = train(experiment, "--seed", "7")
    assert status == 2 and "seed: 1986 there, 7 now" in printed
    assert (experiment.parent / "out" / "settings.json").read_bytes() == kept
    # What may change from call to call
    assert train(experiment, "--nonfinite_patience", "5")[0] == 0


def test_bf16(experiment, train):
    losses = {}
    for precision in ("fp32", "bf16"):
        folder = experiment.parent / precision
        words = ["--precision", precision, "--output_folder", folder]
        assert train(experiment, *words)[0] == 0
        log = json.loads((folder / "pretrain" / "log.json").read_text())
        losses[precision] = log["epochs"][0]["train_loss"]
        state = torch.load(folder / "pretrain/encoder.ckpt", weights_only=True)
        assert all(
            tensor.dtype == torch.float32
            for tensor in state.values()
            if tensor.is_floating_point()
        )
    assert losses["bf16"] != losses["fp32"]
    # bfloat16 has three digits, and a temperature of 1 / 30 multiplies by 30
    assert losses["bf16"] == pytest.approx(losses["fp32"], rel=0.1)


def test_weights_of_another_network_are_refused_with_the_difference(
    experiment, train
):
    other = experiment.parent / "other"
    assert train(experiment, "--output_folder", other, "--dim", 6)[0] == 0
    status, printed = train(experiment, "--start", other / "pretrain")
    assert status == 2 and "holds the weights of another network" in printed
    assert "there and" in printed


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"PK\x03\x04" + 5000 * b"\x01", b"text" * 99],
)
def test_damaged_weights(tmp_path, content):
    path = tmp_path / "encoder.ckpt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="encoder.ckpt is damaged"):
        with weights_from(path):
            pass
