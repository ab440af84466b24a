"""Adapter training on frames of a few hidden states: updates in order, collapse, what is kept."""

import functools
import math

import pytest
import torch
from speechbrain import Stage

from sb_contrastive.schedules import LinearThenConstant, WarmupCosine
from tests.brains.adapter.conftest import STEPS, D, K, a_batch, dataset


def test_it_learns_the_local_attributes_of_masked_frames(build):
    brain, fit = build(
        epochs=14, dropout=0.0, learning_rate=WarmupCosine(0.01, warmup=0.1)
    )
    fit()
    first, last = brain.log.rows[0], brain.log.rows[-1]
    assert last["train_loss"] < first["train_loss"] - 0.5
    assert last["mask_prediction"] < 0.9  # 1: the mean frame for each
    assert last["attribute_accuracy"] > 3 / K
    assert last["codebook_perplexity"] > 0.3 * K
    for row in brain.log.rows:
        assert all(isinstance(v, (int, float)) for v in row.values())
        total = sum(
            row[name]
            for name in (
                "mask_prediction",
                "self_distillation",
                "local_attributes",
            )
        )
        assert row["valid_loss"] == pytest.approx(total, rel=1e-4)
        weights = [row[f"layer_weight_{i}"] for i in (1, 2, 3)]
        assert sum(weights) == pytest.approx(1, abs=1e-5)


def test_the_teacher_follows_then_the_codebook(build, copy_of):
    brain, fit = build(epochs=2)
    old, momenta, order = copy_of(brain.modules.teacher.network), [], []
    attributes = brain.objective.attributes
    for name, owner, method in (
        ("optimiser", brain, "optimizers_step"),
        ("teacher", brain.modules.teacher, "update"),
        ("codebook", attributes, "update"),
    ):

        def noted(*args, name=name, call=getattr(owner, method), **kwargs):
            order.append(name)
            return call(*args, **kwargs)

        # Past torch.nn.Module, which takes no functions
        object.__setattr__(owner, method, noted)

    def check(brain):
        m = LinearThenConstant(0.9, 0.99, until=0.5)(
            (brain.optimizer_step - 1) / (2 * STEPS)
        )
        momenta.append(m)
        theirs = dict(brain.modules.adapter.named_parameters())
        for name, mine in brain.modules.teacher.network.named_parameters():
            expected = m * old[name] + (1 - m) * theirs[name]
            torch.testing.assert_close(mine, expected)
        old.update(copy_of(brain.modules.teacher.network))

    brain.on_step = check
    fit()
    assert len(momenta) == 2 * STEPS and momenta[0] == 0.9
    assert order == ["optimiser", "teacher", "codebook"] * 2 * STEPS


def test_the_teacher_sees_all_frames_without_dropout(build):
    brain, _ = build(dropout=0.5)
    brain.init_optimizers()
    brain.modules.train()
    batch = a_batch(brain)
    brain.on_stage_start(Stage.TRAIN, 1)
    brain.on_fit_batch_start(batch, True)
    frames = brain.compute_forward(batch, Stage.TRAIN)
    again = brain.modules.teacher.network.eval()(frames.features, frames.valid)
    torch.testing.assert_close(frames.teacher, again)
    assert frames.masked.any() and not (frames.masked & ~frames.valid).any()
    assert frames.student.requires_grad and not frames.teacher.requires_grad
    assert brain.modules.adapter.training


def test_every_utterance_goes_through_alone_as_in_the_batch(build):
    brain, _ = build()
    brain.modules.eval()
    brain.on_stage_start(Stage.VALID, 1)
    together = brain.compute_forward(a_batch(brain), Stage.VALID)
    loader = brain.make_dataloader(dataset(0, 4), Stage.VALID, None)
    for row, batch in enumerate(loader):
        alone = brain.compute_forward(batch, Stage.VALID)
        T = 20 + row
        for name in ("student", "teacher", "masked"):
            whole, one = getattr(together, name), getattr(alone, name)
            torch.testing.assert_close(
                whole[row, :T], one[0], rtol=1e-4, atol=1e-5, msg=name
            )


def test_masks_differ_by_epoch_and_repeat_in_validation(build):
    brain, _ = build()
    masks = []
    for stage, epoch in (
        (Stage.TRAIN, 1),
        (Stage.TRAIN, 2),
        (Stage.VALID, 1),
        (Stage.VALID, 2),
    ):
        brain.on_stage_start(stage, epoch)
        masks.append(brain.compute_forward(a_batch(brain), stage).masked)
    assert not torch.equal(masks[0], masks[1])
    assert torch.equal(masks[2], masks[3])


def test_validation_moves_nothing_and_repeats_itself(build, copy_of):
    brain, fit = build(epochs=1)
    fit()
    before = copy_of(brain.modules), copy_of(brain.objective)
    losses = []
    for epoch in (1, 7):
        loader = brain.make_dataloader(
            dataset(18, 6), Stage.VALID, None, batch_size=4
        )
        brain._fit_valid(loader, epoch, enable=False)
        losses.append(brain.log.rows[-1]["valid_loss"])
    assert losses[0] == losses[1]
    for old, module in zip(before, (brain.modules, brain.objective)):
        for name, tensor in module.state_dict().items():
            assert torch.equal(tensor, old[name]), name


@pytest.mark.parametrize("weights", ["mask_prediction", "self_distillation"])
def test_without_local_attributes_nothing_is_clustered(build, weights):
    others = dict.fromkeys(
        ("mask_prediction", "self_distillation", "local_attributes"), 0.0
    )
    brain, fit = build(
        epochs=1, objective={"weights": {**others, weights: 1.0}}
    )
    fit()
    assert int(brain.objective.attributes.fitted) == 0
    assert "codebook_perplexity" not in brain.log.rows[0]
    assert weights in brain.log.rows[0]


def test_a_collapse_stops_the_run_and_says_so(build):
    brain, fit = build(epochs=2, check_from=0.6, least_target_std=1.5)
    with pytest.raises(RuntimeError, match="collapsed: target_std"):
        fit()
    assert len(brain.log.rows) == 1  # it may do as it likes until 0.6


@pytest.mark.parametrize("keep", ["teacher", "student"])
def test_what_is_kept_is_an_encoder_of_the_adapter_asked_for(build, keep):
    brain, fit = build(epochs=1, keep=keep)
    fit()
    kept = brain.pretrained_encoder()
    source = brain.modules.adapter
    if keep == "teacher":
        source = brain.modules.teacher.network
    for name, tensor in source.state_dict().items():
        assert torch.equal(kept.adapter.state_dict()[name], tensor)
    assert kept(torch.randn(2, 9, D)).shape == (2, 16)
    other, _ = build()
    other.start_from(kept.state_dict())
    for network in (other.modules.adapter, other.modules.teacher.network):
        for name, tensor in source.state_dict().items():
            assert torch.equal(network.state_dict()[name], tensor)


def test_the_optimiser_has_the_student_and_its_heads(build):
    brain, _ = build()
    brain.init_optimizers()
    held = {id(p) for g in brain.optimizer.param_groups for p in g["params"]}
    teacher = {id(p) for p in brain.modules.teacher.parameters()}
    every = {id(p) for p in brain.modules.parameters()}
    assert held == every - teacher
    decayed = {id(p) for p in brain.optimizer.param_groups[0]["params"]}
    assert id(brain.modules.adapter.weights) not in decayed
    assert id(brain.modules.mask_vector.vector) not in decayed


def test_speakers_only_add_figures_to_the_log(build):
    speakers = {f"utt{i}": f"spk{i % 2}" for i in range(18, 24)}
    brain, fit = build(epochs=1, speakers=speakers)
    fit()
    assert 0 <= brain.log.rows[0]["speaker_eer"] <= 1


def test_half_precision_training_runs_and_learns(build):
    brain, fit = build(epochs=6, run_opts={"precision": "bf16"})
    fit()
    losses = [row["train_loss"] for row in brain.log.rows]
    assert losses[-1] < losses[0] - 0.3
    assert all(math.isfinite(loss) for loss in losses)
    for p in [*brain.modules.parameters(), *brain.objective.buffers()]:
        assert p.dtype in (torch.float32, torch.int64)


def test_an_adapter_that_cannot_tell_masked_frames_apart_is_refused(build):
    with pytest.raises(ValueError, match="position_kernel"):
        build(kernel=0)
    distil = {"mask_prediction": 0.0, "local_attributes": 0.0}
    build(kernel=0, objective={"weights": distil})


def test_an_unknown_adapter_to_keep_is_refused(build):
    with pytest.raises(ValueError, match="teacher, student.*'teacher'"):
        build(keep="teachr")


def test_bf16_is_near(build, near_in_bf16):
    near_in_bf16(build)


def test_the_first_losses_are_those_recorded(build):
    """Of version 0.1.0, as in tests/objectives/test_golden.py."""
    sgd = functools.partial(torch.optim.SGD, momentum=0.9)
    brain, fit = build(epochs=1, dropout=0.0, opt_class=sgd)
    fit()
    assert [loss for _, _, loss in brain.history] == pytest.approx(
        [4.010343074798584, 4.1893815994262695, 3.934959888458252], rel=1e-5
    )
