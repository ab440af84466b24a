"""Folds on several processes at once are those of one process, and nobody is left behind when it ends."""

import json
import os
import signal
import time

import pytest
import torch

from sb_contrastive.brains import ClassificationBrain
from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.provenance import account
from sb_contrastive.progress import display
from sb_contrastive.systems.system.side_by_side import (
    MOST,
    SideBySide,
    helpers_for,
)

STEP = (
    "{epochs: 2, least_steps: 1, learning_rate: "
    "!new:sb_contrastive.schedules.WarmupCosine {peak: 0.01}}"
)


@pytest.fixture
def experiment(tiny_corpora, tmp_path, tiny_encoder):
    def make(folder, **more):
        values = {
            "output_folder": tmp_path / folder,
            "data_folder": tiny_corpora / "iemocap",
            "prepare": "!name:sb_contrastive.corpora.prepare_iemocap"
            " {expected_utterances: 40}",
            "encoder": tiny_encoder,
            "batch_size": 4,
            "finetune_augmentation": "null",
            "train_from_scratch": STEP,
            "stages": "[from_scratch, report]",
            **more,
        }
        text = "\n".join(f"{key}: {value}" for key, value in values.items())
        return Experiment("hparams/dino_ser.yaml", text)

    return make


def test_two_at_a_time_leave_what_one_leaves(experiment, one_thread):
    alone, both = experiment("one", fold_jobs=1), experiment("two", fold_jobs=2)
    with display("quiet") as shown:
        both.run()
    assert shown.plan.seconds_left("from_scratch") == 0
    alone.run()
    systems = [run.system("from_scratch") for run in (alone, both)]
    first, second = (system.predictions(1.0) for system in systems)
    assert first == second and len(first) > 2
    for fold in first:
        one, other = (
            torch.load(s.weights(1.0, fold), weights_only=True) for s in systems
        )
        assert one.keys() == other.keys()
        assert all(torch.equal(one[name], other[name]) for name in one)
    notes = [
        json.loads((run.folder / "provenance.json").read_text())
        for run in (alone, both)
    ]
    calls, inputs = (
        [sorted(n["from_scratch"][what]) for n in notes]
        for what in ("calls", "inputs")
    )
    assert calls[0] == calls[1] and len(calls[0]) == len(first)
    assert inputs[0] == inputs[1]
    settings = [
        json.loads((run.folder / "settings.json").read_text())["from_scratch"]
        for run in (alone, both)
    ]
    assert settings[0].keys() == settings[1].keys()


def ends(process):
    return not os.path.exists(f"/proc/{process}")


def test_every_unit_is_done_once(tmp_path):
    def train(number):
        time.sleep(0.05)
        with open(tmp_path / str(number), "a") as file:
            file.write(f"{os.getpid()}\n")

    with SideBySide(train, 9, 2) as work:
        assert torch.get_num_threads() == 1
        found = dict(work)
    assert sorted(found) == list(range(9)) and min(found.values()) > 0.04
    who = [(tmp_path / str(n)).read_text().split() for n in range(9)]
    assert all(len(lines) == 1 for lines in who)
    assert len({line for (line,) in who}) == 3
    assert who[0] == [str(os.getpid())] and who[8] != who[0]
    assert work.elsewhere == {n for n in range(9) if who[n] != who[0]}


def test_a_fault_of_a_helper_is_raised_as_it_is():
    main = os.getpid()

    def train(number):
        if os.getpid() != main:
            raise FileNotFoundError("mine.csv has changed")
        time.sleep(0.2)

    with pytest.raises(FileNotFoundError, match=r"mine\.csv has changed"):
        with SideBySide(train, 30, 1) as work:
            for _ in work:
                pass
    assert not work.processes[0].is_alive()


def test_a_fault_that_cannot_be_sent_is_told_with_its_place():
    class Odd(Exception):
        def __init__(self, one, two):
            super().__init__(one)

    main = os.getpid()

    def train(number):
        if os.getpid() != main:
            raise Odd("worse", "still")
        time.sleep(0.2)

    with pytest.raises(RuntimeError, match="(?s)test_side_by_side.*worse"):
        with SideBySide(train, 30, 1) as work:
            for _ in work:
                pass


def test_a_killed_helper_is_told():
    main = os.getpid()

    def train(number):
        if os.getpid() != main:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.2)

    with pytest.raises(RuntimeError, match="code -9: run the same command"):
        with SideBySide(train, 30, 1) as work:
            for _ in work:
                pass


def test_helpers_end_with_whoever_leaves():
    with pytest.raises(SystemExit):
        with SideBySide(lambda number: time.sleep(60), 2, 1) as work:
            assert work.processes[0].is_alive()
            raise SystemExit(143)
    assert not work.processes[0].is_alive()


def test_helpers_end_when_the_process_that_they_help_is_killed(
    forked, tmp_path
):
    def main():
        with SideBySide(lambda number: time.sleep(60), 2, 1) as work:
            (tmp_path / "helper").write_text(str(work.processes[0].pid))
            os.kill(os.getpid(), signal.SIGKILL)

    assert forked(main) == [-signal.SIGKILL]
    helper = int((tmp_path / "helper").read_text())
    for _ in range(100):
        if ends(helper):
            return
        time.sleep(0.1)
    raise AssertionError("it still runs")


@pytest.mark.parametrize(
    "threads, jobs, count, expected",
    [
        (1, None, 5, 0),
        (2, None, 5, 1),
        (MOST, None, 3, 2),
        (MOST + 1, None, 5, 0),
        (1, 3, 5, 2),
        (4, 8, 1, 0),
        (4, 8, 0, 0),
    ],
)
def test_as_many_as_there_are_threads(
    monkeypatch, threads, jobs, count, expected
):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert helpers_for(jobs, count) == expected


def test_what_cannot_be_forked_is_refused(monkeypatch):
    with pytest.raises(ValueError, match="--fold_jobs 2 .* is on a GPU"):
        helpers_for(2, 5, "cuda:0")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    with pytest.raises(ValueError, match="cannot be forked"):
        helpers_for(2, 5)
    assert helpers_for(None, 5) == 0


def test_it_is_refused_before_anything_is_trained(experiment, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    # The first lines of a run would ask the GPU
    monkeypatch.setattr(account, "computes_bfloat16", lambda device: False)
    run = experiment("refused", fold_jobs=2)
    with pytest.raises(ValueError, match="--fold_jobs 2"):
        run.run()
    assert not (run.folder / "labels_100").exists()


def test_a_signal_saves_all_folds_and_they_go_on(
    experiment, one_thread, forked, monkeypatch
):
    """The main process is asked to stop in its first fold, a helper in its own."""
    whole = experiment("whole", fold_jobs=1)
    whole.run()
    broken = experiment("broken", fold_jobs=2)
    fit_batch, count, main = ClassificationBrain.fit_batch, [0], []

    def stop_midway(self, batch):
        count[0] += 1
        if count[0] == 5 and os.getpid() in main:
            os.kill(os.getpid(), signal.SIGTERM)
        elif count[0] >= 5:
            time.sleep(0.2)  # so that it is still at work
        return fit_batch(self, batch)

    def run():
        main.append(os.getpid())
        broken.run()

    with monkeypatch.context() as patch:
        patch.setattr(ClassificationBrain, "fit_batch", stop_midway)
        assert forked(run) == [128 + signal.SIGTERM]
    folds = [p.name for p in broken.folder.glob("labels_100/*/*")]
    assert len(folds) == 2  # the first and the last
    assert len(list(broken.folder.glob("labels_100/*/*/*/save/CKPT*"))) == 2
    again = experiment("broken", fold_jobs=2)
    again.run()
    first, second = (
        run.system("from_scratch").predictions(1.0) for run in (whole, again)
    )
    assert first == second
