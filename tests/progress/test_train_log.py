"""What `train.py` leaves in a log and on a terminal."""

import fcntl
import os
import pty
import re
import struct
import sys
import termios
import threading

import pytest

from tests.support.two_processes import command

STEP = (
    "{{trainable: {}, epochs: 2, least_steps: 1, learning_rate: "
    "!new:sb_contrastive.schedules.WarmupCosine {{peak: 0.01}}}}"
)


@pytest.fixture(scope="module")
def line(tiny_corpora, tiny_encoder):
    """The command line of an experiment of a few seconds."""
    corpus = tiny_corpora / "iemocap"

    def make(folder, **more):
        values = {
            "output_folder": folder,
            "data_folder": corpus,
            "prepare": "!name:sb_contrastive.corpora.prepare_iemocap "
            "{expected_utterances: 40}",
            "encoder": tiny_encoder,
            "stages": "[pretrain, two_step, from_scratch, report]",
            "unlabelled": corpus,
            "pretrain_batch_size": 8,
            "augmentation": "null",
            "finetune_augmentation": "null",
            "prototypes": 16,
            "batch_size": 8,
            "pretrain": "!name:sb_contrastive.stages.pretrain "
            "{epochs: 2, least_steps: 1}",
            "finetune_affine": STEP.format("affine"),
            "finetune_all": STEP.format("all"),
            "train_from_scratch": STEP.format("all"),
            **more,
        }
        words = ["hparams/dino_ser.yaml", "--device", "cpu"]
        return words + [
            w for k, v in values.items() for w in (f"--{k}", str(v))
        ]

    return make


def test_a_log_tells_a_stranger_all(line, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("sb_contrastive.progress.shown.SOONEST", 0.0)
    command(line(tmp_path / "run"))
    said = capfd.readouterr()
    lines = said.out.splitlines()
    assert len(lines) <= 80 and said.err == ""
    log = said.out
    for words in (
        "Experiment dino_ser, seed 1986: pretrain, two_step, from_scratch, report",
        "Command: python train.py hparams/dino_ser.yaml",
        f"Output folder: {tmp_path / 'run'}",
        "Stage 1 of 4: pretrain, ",
        "two_step, fold 5 of 5 (test on ",
        "from_scratch ended after ",
        "two_step less from_scratch: UA ",
        "docs/glossary.md",
        f"{tmp_path / 'run'}/results.json: ",
        f"{tmp_path / 'run'}/plots/: ",
    ):
        assert words in log, words
    told = r"two_step, fold \d of 5, finetune_\w+, epoch \d of 2: loss \d"
    assert re.search(told, log)
    assert "micro" not in log and "torchvision" not in log
    # The next call has nothing to do, and says since when
    command(line(tmp_path / "run"))
    again = capfd.readouterr().out.splitlines()
    assert "nothing to do: finished on 20" in again[0] and len(again) < 8
    (tmp_path / "run/results.json").unlink()
    command([*line(tmp_path / "run"), "--quiet"])
    quiet = capfd.readouterr().out
    assert "two_step less from_scratch" in quiet and "Stage" not in quiet
    assert (tmp_path / "run/results.json").is_file()


def test_the_time_left_falls(line, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("sb_contrastive.progress.shown.SOONEST", 0.0)
    monkeypatch.setattr("sb_contrastive.progress.shown.LINES", 1e9)
    monkeypatch.setattr(
        "sb_contrastive.progress.shown.duration", lambda s: f"<{s:.1f}>"
    )
    command(line(tmp_path / "run", stages="[pretrain]", pretrain_epochs=6))
    left = re.findall(r"<([\d.]+)> of all", capfd.readouterr().out)
    assert float(left[0]) > float(left[-1]) == 0


def test_a_terminal_has_one_live_line(line, tmp_path, forked):
    leader, follower = pty.openpty()
    fcntl.ioctl(
        follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0)
    )
    said = bytearray()

    def listen():
        try:
            while part := os.read(leader, 4096):
                said.extend(part)
        except OSError:  # the other side is closed
            pass

    def run():
        os.dup2(follower, 1)
        os.dup2(follower, 2)
        sys.stdout, sys.stderr = open(1, "w"), open(2, "w")
        command(
            line(tmp_path / "run", stages="[pretrain, from_scratch]", fold=1)
        )

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        assert forked(run) == [0]
    finally:
        os.close(follower)
        listener.join()
        os.close(leader)
    text = said.decode()
    assert "pretrain, epoch 1 of 2 |" in text and "loss " in text
    assert "from_scratch, fold 1 of 1" in text
    # The live line is drawn over itself, and leaves nothing
    assert not any(" |" in row.split("\r")[-1] for row in text.split("\n"))
    assert "about" not in text  # no plain lines beside it
