"""A batch whose loss or gradient is not finite moves nothing but the clock; too many end the run."""

import functools
import json

import pytest
import torch

from sb_contrastive.brains import DINOBrain, MoCoBrain, SimCLRBrain
from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.encoders import DINOHead
from sb_contrastive.losses import DINOLoss, MoCoLoss, NTXentLoss
from sb_contrastive.queue import KeyQueue
from sb_contrastive.schedules import Constant

K = 16


def _simclr(encoder):
    return SimCLRBrain, {
        "modules": {"encoder": encoder},
        "loss": NTXentLoss(0.2),
        "crops": RandomCrops([2], [0.15], seed=1),
    }


def _moco(encoder):
    return MoCoBrain, {
        "modules": {"encoder": encoder},
        "loss": MoCoLoss(0.2),
        "queue": KeyQueue(12, 8),
        "key_momentum": Constant(0.9),
        "crops": RandomCrops([2], [0.15], seed=1),
    }


def _dino(encoder):
    head = DINOHead(8, K, hidden_dim=12, bottleneck_dim=8, batch_norm=True)
    return DINOBrain, {
        "modules": {"encoder": encoder, "head": head},
        "loss": DINOLoss(K),
        "teacher_momentum": Constant(0.9),
        "teacher_temperature": Constant(0.04),
        "crops": RandomCrops([2, 1], [0.2, 0.1], seed=1),
    }


@pytest.fixture(autouse=True)
def from_one_seed(one_order):
    """See `one_order`."""


@pytest.fixture(params=[_simclr, _moco, _dino])
def build(request, pretraining, small_encoder):
    """Makes a Brain and a function that trains it, three steps an epoch."""

    def make(method=request.param, **options):
        brain_class, parts = method(small_encoder())
        return pretraining(brain_class, **parts, **options)

    return make


def _state(brain):
    """All that training moves, also queues, centre and the optimiser's moments."""
    parts = [p for p in vars(brain).values() if isinstance(p, torch.nn.Module)]
    parts += brain.moved_by_forward()
    tensors = [t for p in parts for t in p.state_dict().values()]
    for moments in brain.optimizer.state.values():
        tensors += [t for t in moments.values() if torch.is_tensor(t)]
    return [t.clone() for t in tensors]


def _spoil_steps(brain, steps):
    """Makes the audio of some optimiser steps NaN."""

    def spoil(wavs, ids, views, epoch):
        return wavs * float("nan") if brain.optimizer_step in steps else wavs

    brain.augmentation = spoil


def _spoil_gradients(brain, steps):
    """Makes one gradient of some optimiser steps infinite; the loss is finite."""
    step = brain.optimizers_step

    def spoilt():
        if brain.optimizer_step in steps:
            p = next(
                p for p in brain.modules.parameters() if p.grad is not None
            )
            p.grad.view(-1)[0] = float("inf")
        step()

    brain.optimizers_step = spoilt


@pytest.mark.parametrize("spoil", [_spoil_steps, _spoil_gradients])
def test_a_skipped_batch_moves_nothing_but_the_clock(build, spoil, caplog):
    brain, fit = build(epochs=2)
    spoil(brain, {1, 4})
    states, rates = {}, {}

    def keep(b):
        states[b.optimizer_step] = _state(b)
        rates[b.optimizer_step] = b.optimizer.param_groups[0]["lr"]

    brain.on_step = keep
    fit()
    assert brain.optimizer_step == 6  # the schedules end where they would have
    for done in (1, 4):
        for before, after in zip(states[done], states[done + 1], strict=True):
            assert torch.equal(before, after)
    assert not all(map(torch.equal, states[2], states[3]))
    assert len(set(rates.values())) == 6
    assert all(t.isfinite().all() for t in _state(brain))
    skipped = [b["optimizer_step"] for b in brain.skipped.batches]
    assert skipped == [2, 5]
    assert "batch skipped, 1 of at most 3" in caplog.text


def test_too_many_stop_the_run_with_their_ids_in_a_file(build, tmp_path):
    brain, fit = build(epochs=4, save=tmp_path / "save")
    brain.nonfinite_patience = 1
    _spoil_steps(brain, {4, 5})
    with pytest.raises(ValueError, match="is not finite") as error:
        fit()
    path = tmp_path / "nonfinite_batches.json"
    listed = json.loads(path.read_text())
    assert [b["optimizer_step"] for b in listed] == [5, 6]
    for utterance in listed[1]["utterances"]:
        assert utterance in str(error.value)
    assert str(path) in str(error.value)
    assert len(brain.log.rows) == 1  # the epoch before is in the checkpoint


def test_patience_is_that_of_an_epoch_or_a_row(build):
    brain, fit = build(epochs=3)
    brain.nonfinite_patience = 1
    _spoil_steps(brain, {0, 4, 8})
    fit()
    brain, fit = build(epochs=3)
    brain.nonfinite_patience = 1
    _spoil_steps(brain, {2, 3})  # the last of an epoch, the first of the next
    with pytest.raises(ValueError, match="in a row"):
        fit()


class Printed(list):
    """Steps as text: a skipped one has the loss NaN, which equals nothing."""

    def append(self, step):
        super().append(repr(step))


def test_a_resumed_run_has_skipped_the_same(
    pretraining, small_encoder, resumed_run
):
    def build(**options):
        brain_class, parts = _dino(small_encoder())
        brain, fit = pretraining(brain_class, **parts, **options)
        _spoil_gradients(brain, {1, 4})
        brain.history = Printed()
        return brain, fit

    options = {"run_opts": {"ckpt_interval_steps": 1}}
    whole, second = resumed_run(build, killed=5, resumed=5, **options)
    assert whole.skipped.batches == second.skipped.batches
    assert [b["epoch"] for b in second.skipped.batches] == [1, 2]


def test_clipping_comes_after_unscaling(pretraining, small_encoder):
    """With a scaler, steps are those without: powers of two are exact."""
    weights = []
    for scale in (None, 1024.0):
        torch.manual_seed(0)
        brain_class, parts = _simclr(small_encoder())
        sgd = functools.partial(torch.optim.SGD, momentum=0.9)
        brain, fit = pretraining(
            brain_class,
            **parts,
            epochs=1,
            opt_class=sgd,
            run_opts={"max_grad_norm": 1e-2},
        )
        if scale:
            brain.scaler = torch.amp.GradScaler("cpu", init_scale=scale)
        fit()
        weights.append(_state(brain))
    for one, other in zip(*weights, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-7)


def test_a_scale_that_is_too_large_costs_no_patience(
    pretraining, small_encoder
):
    brain_class, parts = _simclr(small_encoder())
    brain, fit = pretraining(brain_class, **parts, epochs=1)
    brain.scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    brain.nonfinite_patience = 0
    step = brain.optimizers_step

    def overflow():
        if brain.optimizer_step == 0:
            next(iter(brain.modules.parameters())).grad.fill_(float("inf"))
        step()

    brain.optimizers_step = overflow
    fit()
    assert brain.scaler.get_scale() == 512 and brain.optimizer_step == 3
    assert all(t.isfinite().all() for t in _state(brain))


@pytest.mark.parametrize("method", [_simclr, _moco, _dino])
def test_bf16_losses_are_float32_and_near(method, pretraining, small_encoder):
    losses = {}
    for precision in ("fp32", "bf16"):
        torch.manual_seed(0)
        brain_class, parts = method(small_encoder())
        seen = []
        loss = parts["loss"]
        loss.register_forward_hook(lambda _, __, out: seen.append(out.dtype))
        brain, fit = pretraining(
            brain_class,
            **parts,
            epochs=1,
            run_opts={"precision": precision, "eval_precision": precision},
        )
        fit()
        assert set(seen) == {torch.float32}
        losses[precision] = [loss for _, _, loss in brain.history]
        assert {p.dtype for p in brain.modules.parameters()} == {torch.float32}
    assert losses["bf16"] != losses["fp32"]
    # bfloat16 has three digits; temperatures of 0.04 multiply them by 25
    assert losses["bf16"] == pytest.approx(losses["fp32"], rel=0.1, abs=0.1)
