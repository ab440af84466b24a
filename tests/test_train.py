"""train.py as a person runs it: stopped by signals, and in two processes."""

import json
import os
import signal
import subprocess
import sys

import pytest
import torch

from sb_contrastive.brains import SimCLRBrain
from tests.support.two_processes import command

ENCODER = """
!new:sb_contrastive.encoders.UtteranceEncoder
embedding_dim: 8
compute_features: !new:speechbrain.lobes.features.Fbank
    n_mels: 16
    hop_length: 20
backbone: !new:speechbrain.lobes.models.Xvector.Xvector
    in_channels: 16
    lin_neurons: !ref <embedding_dim>
    tdnn_blocks: 2
    tdnn_channels: [8, 16]
    tdnn_kernel_sizes: [3, 1]
    tdnn_dilations: [1, 1]
affine: [blocks.7]
frame_layer: blocks.5
frame_axis: 1
"""
STEP = (
    "{{trainable: {}, epochs: 2, least_steps: 1, learning_rate: "
    "!new:sb_contrastive.schedules.WarmupCosine {{peak: 0.01}}}}"
)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """Path of an encoder that takes a second."""
    path = tmp_path_factory.mktemp("train") / "tiny.yaml"
    path.write_text(ENCODER, encoding="utf-8")
    return path


@pytest.fixture
def arguments(tiny_corpora, encoder, tmp_path):
    """Command line of an experiment."""

    def make(name, folder, **more):
        corpus = {"ntxent_am_sv": "voxceleb", "dino_ser": "iemocap"}[name]
        values = {
            "output_folder": tmp_path / folder,
            "data_folder": tiny_corpora / corpus,
            "encoder": encoder,
            "pretrain_batch_size": 4,
            "augmentation": "null",
            "pretrain": "!name:sb_contrastive.stages.pretrain "
            "{epochs: 2, least_steps: 1}",
            **more,
        }
        line = [f"hparams/{name}.yaml", "--device", "cpu", "--noprogressbar"]
        for key, value in values.items():
            line += [f"--{key}", str(value)]
        return line

    return make


def test_signals_save_and_the_same_command_continues(
    forked, one_thread, arguments, tmp_path
):
    def run(name, first=0, told=None, number=None):
        """Trains from the step `first`; is signalled in the step `told`."""
        fit_batch = SimCLRBrain.fit_batch

        def watched(brain, batch):
            assert brain.optimizer_step >= first  # nothing is done again
            if brain.optimizer_step == told:
                os.kill(os.getpid(), number)
            assert told is None or brain.optimizer_step <= told
            return fit_batch(brain, batch)

        SimCLRBrain.fit_batch = watched
        command(arguments("ntxent_am_sv", name, stages="[pretrain]"))

    # Three steps in each of two epochs
    assert forked(lambda: run("cut", 0, 2, signal.SIGTERM)) == [143]
    assert forked(lambda: run("cut", 3, 4, signal.SIGINT)) == [130]
    assert not (tmp_path / "cut/pretrain/encoder.ckpt").exists()
    assert forked(lambda: run("cut", 5), lambda: run("whole")) == [0, 0]
    one, other = (
        torch.load(tmp_path / name / "pretrain/encoder.ckpt")
        for name in ("whole", "cut")
    )
    torch.testing.assert_close(other, one, rtol=0, atol=0)


def test_two_processes_verify_each_trial_once(
    two_trains, arguments, tiny_corpora, tmp_path
):
    two_trains(arguments("ntxent_am_sv", "two"))
    results = json.loads((tmp_path / "two/results.json").read_text())
    trials = (tiny_corpora / "voxceleb/veri_test2.txt").read_text().splitlines()
    for report in results["metrics"]["veri_test2"].values():
        assert report["targets"] + report["nontargets"] == len(trials)
    assert (tmp_path / "two/encoder/hyperparams.yaml").is_file()
    log = json.loads((tmp_path / "two/pretrain/log.json").read_text())
    assert [row["epoch"] for row in log["epochs"]] == [1, 2]


def test_two_processes_predict_each_utterance_once(
    two_trains, arguments, tmp_path
):
    probe = {
        "prepare": "!name:sb_contrastive.corpora.prepare_iemocap"
        " {expected_utterances: 40}",
        "probe": "!name:sb_contrastive.stages.ProbeStep {C: 0.1}",
        "fold": 1,
    }
    line = arguments(
        "dino_ser",
        "two",
        stages="[pretrain, linear_probe, two_step, report]",
        prototypes=16,
        batch_size=4,
        finetune_augmentation="null",
        finetune_affine=STEP.format("affine"),
        finetune_all=STEP.format("all"),
        **probe,
    )
    two_trains(line)
    fold = tmp_path / "two/labels_100/two_step/fold_1"
    rows = (fold / "predictions.csv").read_text().splitlines()[1:]
    assert len(rows) == len({row.split(",")[0] for row in rows}) == 8
    results = json.loads((tmp_path / "two/results.json").read_text())
    assert set(results["metrics"]) == {"linear_probe", "two_step"}
    weights = torch.load(fold / "finetune_all/model.ckpt", weights_only=True)
    assert not any(".module." in name for name in weights)
    # A probe has no gradients: two processes predict what one does
    start = f"{{start: {tmp_path / 'two/pretrain'}}}"
    command(
        arguments(
            "dino_ser",
            "one",
            stages="[linear_probe]",
            linear_probe=start,
            **probe,
        )
    )
    one, two = (
        tmp_path / name / "labels_100/linear_probe/fold_1/predictions.csv"
        for name in ("one", "two")
    )
    assert two.read_text() == one.read_text()


@pytest.mark.slow
def test_a_worker_that_dies_ends_the_job_with_its_error(arguments, tmp_path):
    script = tmp_path / "dies.py"
    script.write_text(
        "import os, runpy\n"
        "from sb_contrastive.brains import SimCLRBrain\n"
        "fit_batch = SimCLRBrain.fit_batch\n"
        "def watched(brain, batch):\n"
        "    if os.environ['RANK'] == '1' and brain.optimizer_step == 1:\n"
        "        raise MemoryError('of this worker')\n"
        "    return fit_batch(brain, batch)\n"
        "SimCLRBrain.fit_batch = watched\n"
        "runpy.run_path('train.py', run_name='__main__')\n"
    )
    line = arguments("ntxent_am_sv", "dead", stages="[pretrain]")
    launch = ["-m", "torch.distributed.run", "--standalone"]
    ended = subprocess.run(
        [sys.executable, *launch, "--nproc_per_node=2", script, *line]
        + ["--distributed_backend", "gloo"],
        env={**os.environ, "PYTHONPATH": os.getcwd(), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ended.returncode != 0
    assert "MemoryError: of this worker" in ended.stderr
    assert not (tmp_path / "dead/pretrain/encoder.ckpt").exists()
