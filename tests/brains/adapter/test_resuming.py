"""Adapter training that is interrupted, killed, or done by two processes."""

import pytest
import torch

from sb_contrastive import EMATeacher
from sb_contrastive.adapter import (
    OnlineCodebook,
    PeriodicKMeans,
    PrototypeDistillationLoss,
)
from sb_contrastive.encoders import DINOHead
from tests.brains.adapter.conftest import K, Killed


@pytest.mark.parametrize(
    "kind, interval, killed, resumed",
    [
        ("online", 0, 5, 3),  # within the second epoch, which starts again
        ("online", 1, 5, 5),  # within it, with a checkpoint at each step
        ("periodic", 0, 3, 3),  # at the end of an epoch, before a new fit
        ("periodic", 2, 5, 5),
        ("dino", 2, 5, 5),
    ],
)
def test_resumed_equals_uninterrupted(
    build, tmp_path, copy_of, kind, interval, killed, resumed
):
    def make(folder):
        options = {"run_opts": {"ckpt_interval_steps": interval}}
        if kind == "periodic":
            options["attributes"] = PeriodicKMeans(
                K, 8, every=1, fit_frames=200, starts=1
            )
        if kind == "dino":
            head = DINOHead(8, 16, 8, 4, batch_norm=False)
            options["modules"] = {
                "distiller": head,
                "teacher_distiller": EMATeacher(head, buffers="copy"),
            }
            options["objective"] = {
                "distil_level": "dino",
                "prototype_loss": PrototypeDistillationLoss(16),
            }
        return build(save=tmp_path / folder, **options)

    whole, fit = make("whole")
    start = copy_of(whole.modules)
    fit()
    first, fit = make("cut")
    first.modules.load_state_dict(start)
    first.kill_before_step = killed
    with pytest.raises(Killed):
        fit()
    # A new process: other weights, another state of the global generators
    torch.manual_seed(99)
    second, fit = make("cut")
    fit()
    assert second.history == whole.history[resumed:]
    assert first.history == whole.history[:killed]
    for mine, theirs in (
        (second.modules, whole.modules),
        (second.objective, whole.objective),
    ):
        expected = theirs.state_dict()
        for name, tensor in mine.state_dict().items():
            assert torch.equal(tensor, expected[name]), name
    assert second.log.rows == whole.log.rows
    assert second.objective.attributes.perplexity() > 1


@pytest.mark.parametrize("kind", ["online", "periodic"])
def test_killed_equals_undisturbed(build, killed_run, kind):
    def anew(**options):
        attributes = None
        if kind == "periodic":
            attributes = PeriodicKMeans(K, 8, every=1, fit_frames=200, starts=1)
        return build(attributes=attributes, **options)

    killed_run(anew, run_opts={"ckpt_interval_steps": 2})


@pytest.mark.parametrize("kind", ["online", "periodic"])
def test_two_processes_equal_one(build, doubled_run, kind):
    def anew(**options):
        attributes = OnlineCodebook(K, 8, fit_frames=200, dead_after=2)
        if kind == "periodic":
            attributes = PeriodicKMeans(K, 8, every=1, fit_frames=200, starts=1)
        return build(attributes=attributes, dropout=0.0, **options)

    one = doubled_run(anew, 6)
    assert one["objective"]["attributes.centroids"].abs().sum() > 0
