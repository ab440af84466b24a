"""One run on two machines, which two agents of torchrun with a rendezvous stand for."""

import os
import socket
import subprocess
import sys

import pytest
import torch


@pytest.fixture
def line(tiny_corpora, tiny_encoder, tmp_path):
    """Return the command line of a short pretraining into a folder."""

    def make(folder):
        values = {
            "output_folder": tmp_path / folder,
            "data_folder": tiny_corpora / "voxceleb",
            "encoder": tiny_encoder,
            "pretrain_batch_size": 4,
            "pretrain": "{epochs: 2, least_steps: 1}",
            "augmentation": "null",
            "stages": "[pretrain]",
            "distributed_backend": "gloo",
        }
        given = (x for key, v in values.items() for x in (f"--{key}", str(v)))
        return ["hparams/ntxent_am_sv.yaml", "--device", "cpu", *given]

    return make


@pytest.fixture
def machines(line):
    """Start one command on each machine; return what they wrote and their status."""

    def run(*folders):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        launch = [
            *(sys.executable, "-m", "torch.distributed.run"),
            f"--nnodes={len(folders)}",
            "--nproc_per_node=1",
            "--rdzv_backend=c10d",
            f"--rdzv_endpoint=127.0.0.1:{port}",
            "--rdzv_id=test",
            "train.py",
        ]
        env = {**os.environ, "PYTHONPATH": os.getcwd(), "OMP_NUM_THREADS": "1"}
        started = [
            subprocess.Popen(
                [*launch, *line(folder)],
                env=env,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for folder in folders
        ]
        return [
            (process.communicate(timeout=300)[0], process.returncode)
            for process in started
        ]

    return run


@pytest.mark.slow
def test_two_machines_train_as_two_processes_of_one(
    machines, line, two_trains, tmp_path
):
    for printed, status in machines("shared", "shared"):
        assert status == 0, printed
    two_trains(line("one"))
    two, one = (
        torch.load(tmp_path / name / "pretrain" / "encoder.ckpt")
        for name in ("shared", "one")
    )
    for name, weights in one.items():
        assert torch.equal(two[name], weights)
    assert not (tmp_path / "shared" / ".shared").exists()


@pytest.mark.slow
def test_a_folder_of_one_machine_is_refused(machines):
    (first, _), (second, status) = machines("mine", "yours")
    assert status != 0
    assert "is another folder than that of the first process" in first + second
