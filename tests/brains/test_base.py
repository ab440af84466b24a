"""What every Brain shares, shown on SimCLR: optimiser, schedules, crops, checkpoints."""

import functools
import os
import signal

import pytest
import torch

from sb_contrastive.brains import SimCLRBrain
from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.losses import NTXentLoss
from sb_contrastive.schedules import WarmupCosine

STEPS = 3  # in an epoch


@pytest.fixture
def build(pretraining, small_encoder):
    """Makes a Brain anew, and a function that trains it."""

    def make(**options):
        return pretraining(
            SimCLRBrain,
            modules={"encoder": small_encoder()},
            loss=NTXentLoss(0.2),
            crops=RandomCrops([2], [0.15], seed=1),
            batch_size=5,  # of 18 utterances: three are dropped
            **options,
        )

    return make


def test_weight_decay_acts_on_matrices_only(build):
    brain, _ = build(
        opt_class=functools.partial(torch.optim.SGD, weight_decay=0.1),
    )
    brain.init_optimizers()
    trained = [*brain.modules.named_parameters()]
    before = [p.detach().clone() for _, p in trained]
    for _, p in trained:
        p.grad = torch.zeros_like(p)
    brain.optimizer.param_groups[0]["lr"] = 1.0
    brain.optimizer.param_groups[1]["lr"] = 1.0
    brain.optimizer.step()
    for (name, p), old in zip(trained, before):
        expected = 0.9 * old if p.dim() > 1 else old
        torch.testing.assert_close(p, expected, msg=name)


def test_every_group_is_clipped_by_the_norm_of_all(build):
    norms = []

    class Watched(torch.optim.SGD):
        def step(self, closure=None):
            groups = [
                torch.stack(
                    [p.grad.norm() for p in g["params"] if p.grad is not None]
                )
                for g in self.param_groups
            ]
            norms.append([g.norm().item() for g in groups])
            return super().step(closure)

    brain, fit = build(
        epochs=1, opt_class=Watched, run_opts={"max_grad_norm": 1e-3}
    )
    fit()
    assert len(norms) == STEPS
    for matrices, vectors in norms:
        assert matrices > 0 and vectors > 0
        assert (matrices**2 + vectors**2) ** 0.5 == pytest.approx(
            1e-3, rel=1e-3
        )


def test_clipping_keeps_the_direction(build):
    brain, _ = build(
        opt_class=torch.optim.SGD, run_opts={"max_grad_norm": 1e-3}
    )
    brain.init_optimizers()
    (group, other) = (g["params"] for g in brain.optimizer.param_groups)
    every = [*group, *other]
    slopes = [torch.randn_like(p) for p in every]
    for p, slope in zip(every, slopes):
        p.grad = slope.clone()
    before = [p.detach().clone() for p in every]
    for g in brain.optimizer.param_groups:
        g["lr"] = 1.0
    brain.optimizers_step()
    norm = torch.cat([s.flatten() for s in slopes]).norm()
    for p, old, slope in zip(every, before, slopes):
        torch.testing.assert_close(p.detach(), old - 1e-3 * slope / norm)


def test_the_learning_rate_is_that_of_the_step(build):
    rates = []
    brain, fit = build(epochs=2)
    brain.on_step = lambda b: rates.append(
        [g["lr"] for g in b.optimizer.param_groups]
    )
    fit()
    schedule = WarmupCosine(0.01, 0.001, warmup=0.2)
    assert rates == [[schedule(i / 6)] * 2 for i in range(6)]


def test_each_epoch_and_utterance_has_crops_of_its_own(build):
    brain, fit = build(epochs=3)
    fit()
    epochs = [epoch for epoch, _, _ in brain.history]
    assert epochs == [1] * STEPS + [2] * STEPS + [3] * STEPS
    orders = [
        [i for e, ids, _ in brain.history if e == epoch for i in ids]
        for epoch in (1, 2, 3)
    ]
    assert len({tuple(order) for order in orders}) == 3
    for order in orders:
        assert len(order) == len(set(order)) == 5 * STEPS


def test_workers_that_live_on_see_the_crops_of_each_epoch(build, copy_of):
    histories = []
    for loader in (
        {"num_workers": 0},
        {"num_workers": 1, "persistent_workers": True},
    ):
        torch.manual_seed(0)
        brain, fit = build(epochs=2, loader=loader)
        fit()
        histories.append((brain.history, brain.log.rows))
    assert histories[0] == histories[1]


def test_a_finished_run_trains_no_further(build, tmp_path, copy_of, unchanged):
    first, fit = build(save=tmp_path)
    fit()
    again, fit = build(save=tmp_path)
    fit()
    assert not again.history
    unchanged(again.modules, copy_of(first.modules))
    assert again.log.rows == first.log.rows


def test_a_checkpoint_that_was_cut_off_is_passed_over(build, tmp_path):
    first, fit = build(save=tmp_path, run_opts={"ckpt_interval_steps": 1})
    first.kill_before_step = 5
    with pytest.raises(InterruptedError):
        fit()
    newest = first.checkpointer.find_checkpoint()
    newest.paramfiles["optimizer"].unlink()
    second, fit = build(save=tmp_path)
    fit()
    assert second.history[0][0] == 2  # epoch 2, from its beginning
    assert len(second.log.rows) == 3


def test_a_loss_that_is_not_finite_stops_and_names_the_utterances(build):
    def spoil(wavs, ids, views, epoch):
        return wavs * float("nan")

    brain, fit = build(augmentation=spoil)
    with pytest.raises(ValueError, match=r"utt\d\d"):
        fit()
    # Before the step, so that no weight is spoilt
    for name, p in brain.modules.named_parameters():
        assert p.isfinite().all(), name


def test_accumulation_is_refused_where_it_is_no_larger_batch(build):
    with pytest.raises(ValueError, match="compares every utterance.*leave it"):
        build(run_opts={"grad_accumulation_factor": 2})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("step", [2, 3])  # within an epoch, at its last step
def test_a_signal_saves_this_step_and_leaves(
    build, forked, tmp_path, copy_of, one_thread, number, step
):
    def stopped():
        torch.manual_seed(0)
        brain, fit = build(save=tmp_path / "cut")

        def tell(brain):
            assert brain.optimizer_step <= step
            if brain.optimizer_step == step:
                os.kill(os.getpid(), number)

        brain.on_step = tell
        # Before the Brain looks whether it has been told to stop
        fit()

    torch.manual_seed(0)
    whole, fit = build(save=tmp_path / "whole")
    fit()
    assert forked(stopped) == [128 + number]
    torch.manual_seed(99)
    rest, fit = build(save=tmp_path / "cut")
    fit()
    assert rest.history == whole.history[step:]
    assert rest.log.rows == whole.log.rows


def test_one_that_was_truncated_is_passed_over_with_a_warning(
    build, tmp_path, caplog
):
    first, fit = build(save=tmp_path)
    fit()
    (newest,) = tmp_path.glob("CKPT*")
    with open(newest / "optimizer.ckpt", "r+b") as file:
        file.truncate(100)
    second, fit = build(save=tmp_path)
    fit()
    assert "optimizer.ckpt has changed" in caplog.text
    assert len(second.history) == 3 * STEPS  # there is no other: all anew
