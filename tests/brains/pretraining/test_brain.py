"""Several objectives on one encoder: what is shared, what is added up, what is logged."""

import pytest
import torch
from speechbrain import Stage

from sb_contrastive import EMATeacher
from sb_contrastive.brains import PretrainingBrain
from sb_contrastive.data.views import RandomCrops
from sb_contrastive.encoders import DINOHead
from sb_contrastive.losses import (
    BarlowTwinsLoss,
    DINOLoss,
    MoCoLoss,
    NTXentLoss,
    VICRegLoss,
)
from sb_contrastive.objectives import (
    BYOL,
    DINO,
    GradientNorm,
    MoCo,
    NTXent,
    PairObjective,
)
from sb_contrastive.queue import KeyQueue
from sb_contrastive.schedules import Constant, Cosine, LinearThenConstant

STEPS = 3  # in an epoch
WEIGHTS = {
    "nt_xent": GradientNorm(0.5),
    "vicreg": LinearThenConstant(0.4, 0.0, until=0.8),
}


def dino():
    head = DINOHead(8, 24, hidden_dim=16, bottleneck_dim=8)
    return DINO(head, DINOLoss(24), Cosine(0.7, 1.0), Constant(0.04))


def three():
    """DINO, NT-Xent and VICReg."""
    projector = torch.nn.Sequential(
        torch.nn.Linear(8, 6), torch.nn.BatchNorm1d(6)
    )
    return {
        "dino": dino(),
        "nt_xent": NTXent(
            NTXentLoss(0.2), Cosine(0.0, 0.2, until=0.5), view="long"
        ),
        "vicreg": PairObjective(
            VICRegLoss(1.0, 1.0, 0.04), projector, view="long"
        ),
    }


@pytest.fixture
def build(pretraining, small_encoder):
    """Makes a Brain anew, and a function that trains it."""

    def make(objectives=None, weights=WEIGHTS, **options):
        options = {
            "modules": {"encoder": small_encoder()},
            "objectives": objectives or three(),
            "weights": weights,
            "crops": RandomCrops([2, 3], [0.2, 0.1], seed=1),
            "keep": "teacher",
            **options,
        }
        return pretraining(PretrainingBrain, **options)

    return make


def passes(encoder):
    counts = {
        v.item()
        for k, v in encoder.state_dict().items()
        if k.endswith("num_batches_tracked")
    }
    (count,) = counts
    return count


def test_the_log_has_loss_and_gradient_norm_of_each(build):
    brain, fit = build(epochs=12)
    fit()
    first, last = brain.log.rows[0], brain.log.rows[-1]
    for name in ("dino", "nt_xent", "vicreg"):
        assert {f"train_{name}", f"valid_{name}", f"gradient_{name}"} <= set(
            first
        )
        assert first[f"gradient_{name}"] > 0
    assert last["weight_vicreg"] == 0
    assert last["train_dino"] < first["train_dino"]
    assert last["train_nt_xent"] < first["train_nt_xent"]
    total = last["valid_dino"] + last["weight_nt_xent"] * last["valid_nt_xent"]
    assert last["valid_loss"] == pytest.approx(total, rel=1e-4)
    assert {"teacher_entropy", "margin", "hit_rate", "vicreg_hit_rate"} <= set(
        last
    )
    assert all(isinstance(v, (int, float)) for v in last.values())


def test_the_pull_is_the_share_asked_for(build):
    brain, fit = build(epochs=1)
    fit()
    (row,) = brain.log.rows
    pull = row["weight_nt_xent"] * row["gradient_nt_xent"]
    assert pull == pytest.approx(0.5 * row["gradient_dino"], rel=1e-4)


def test_the_loss_is_the_sum_of_what_each_would_give_alone(
    build, a_batch, rows
):
    brain, _ = build(weights={"nt_xent": 0.5, "vicreg": Constant(2.0)})
    brain.modules.eval()
    brain.on_stage_start(Stage.VALID, 1)
    batch = a_batch(brain, rows[:6])
    forward = brain.compute_forward(batch, Stage.VALID)
    value = brain.compute_objectives(forward, batch, Stage.VALID)
    encoder, heads = brain.modules.encoder, brain.modules
    long = encoder(batch.long.data.transpose(0, 1).flatten(0, 1))  # [2 * 6, D]
    short = encoder(batch.short.data.transpose(0, 1).flatten(0, 1))
    logits = heads.head(torch.cat([long, short])).unflatten(0, (5, 6))
    teacher = heads.teacher_head(
        heads.teacher_encoder(
            batch.long.data.transpose(0, 1).flatten(0, 1).contiguous()
        )
    ).unflatten(0, (2, 6))
    z = heads.projector(long)
    expected = (
        DINOLoss(24)(logits, teacher)
        + 0.5 * NTXentLoss(0.2)(long[:6], long[6:])
        + 2.0 * VICRegLoss(1.0, 1.0, 0.04)(z[:6], z[6:])
    )
    torch.testing.assert_close(value, expected)


def test_each_network_sees_each_length_of_crop_once(build):
    brain, fit = build(epochs=1)
    fit()
    assert passes(brain.modules.encoder) == 2 * STEPS  # long and short
    assert passes(brain.modules.teacher_encoder.network) == STEPS


def test_crops_of_one_length_go_through_together(build):
    brain, fit = build(epochs=1, crops=RandomCrops([2, 3], [0.1, 0.1], seed=1))
    fit()
    assert passes(brain.modules.encoder) == STEPS


def _with_moco(momentum):
    moco = MoCo(MoCoLoss(0.2), KeyQueue(12, 8), momentum, view="long")
    return {"dino": dino(), "moco": moco}


@pytest.mark.parametrize("momentum", [Cosine(0.7, 1.0), Cosine(0.9, 1.0)])
def test_objectives_of_one_momentum_share_a_teacher(build, momentum):
    brain, fit = build(_with_moco(momentum), None, epochs=1)
    fit()
    teachers = {
        name: module
        for name, module in brain.modules.items()
        if isinstance(module, EMATeacher) and name.endswith("encoder")
    }
    shared = momentum.start == 0.7
    expected = ["teacher_encoder"]
    expected += [] if shared else ["moco_teacher_encoder"]
    assert list(teachers) == expected
    # One pass over the long crops serves both objectives
    assert {passes(t.network) for t in teachers.values()} == {STEPS}


def test_heads_of_one_name_are_told_apart(build):
    objectives = {
        **three(),
        "byol": BYOL(
            torch.nn.Linear(8, 4),
            torch.nn.Linear(4, 4),
            Cosine(0.7, 1.0),
            view="long",
        ),
    }
    brain, fit = build(objectives, epochs=1)
    fit()
    assert {"projector", "byol_projector", "teacher_byol_projector"} <= set(
        brain.modules
    )
    assert brain.log.rows[0]["valid_byol"] > 0


def test_a_projector_that_two_objectives_share_is_one_module(build):
    projector = torch.nn.Linear(8, 6)
    objectives = {
        "barlow": PairObjective(BarlowTwinsLoss(), projector, view="long"),
        "vicreg": PairObjective(VICRegLoss(), projector, view="long"),
    }
    brain, fit = build(
        objectives,
        None,
        epochs=1,
        keep="student",
        crops=RandomCrops([2], [0.2], 1),
    )
    fit()
    assert list(brain.modules) == ["encoder", "projector"]


def test_an_objective_without_weight_is_not_there(build):
    brain, _ = build(weights={"vicreg": 0, "nt_xent": GradientNorm(0)})
    assert list(brain.objectives) == ["dino"]
    assert "projector" not in brain.modules


def test_mistakes_are_named(build, small_encoder):
    with pytest.raises(ValueError, match="weight for 'vicregg'.*'vicreg'"):
        build(weights={"vicregg": 1.0})
    with pytest.raises(ValueError, match="nothing to learn"):
        build(weights=dict.fromkeys(three(), 0))
    with pytest.raises(ValueError, match="dino is the first objective"):
        build(weights={"dino": GradientNorm(1.0)})
    with pytest.raises(ValueError, match="crops draws 1 sets.*long, short"):
        build(crops=RandomCrops([2], [0.2], seed=1))
    with pytest.raises(ValueError, match="there is no teacher to keep"):
        build({"nt_xent": NTXent(NTXentLoss(), view="long")}, None)
    with pytest.raises(ValueError, match="keep is one of.*'teacher'"):
        build(keep="teachr")
    encoder = small_encoder()
    modules = {"encoder": encoder, "teacher_encoder": EMATeacher(encoder)}
    with pytest.raises(ValueError, match="modules has teacher_encoder"):
        build(modules=modules)


def test_starts_from_an_encoder_on_all_sides(
    build, small_encoder, copy_of, unchanged
):
    brain, _ = build(_with_moco(Cosine(0.9, 1.0)), None)
    other = small_encoder()
    brain.start_from(other.state_dict())
    for module in (
        brain.modules.encoder,
        brain.modules.teacher_encoder.network,
        brain.modules.moco_teacher_encoder.network,
    ):
        unchanged(module, copy_of(other))
    assert brain.pretrained_encoder() is brain.modules.teacher_encoder.network


def test_validation_moves_nothing_and_repeats_itself(
    build, validated, copy_of, unchanged
):
    brain, fit = build(epochs=1)
    fit()
    states = brain.modules, brain.objectives, brain.losses.weighting
    before = [copy_of(state) for state in states]
    first, second = validated(brain, 1), validated(brain, 7)
    assert first.pop("epoch") == 1 and second.pop("epoch") == 7
    for name in [k for k in first if k.startswith(("train_",))]:
        first.pop(name), second.pop(name)
    assert first == second
    for state, copy in zip(states, before):
        unchanged(state, copy)


@pytest.mark.parametrize("interval, killed, resumed", [(0, 5, 3), (1, 5, 5)])
def test_resumed_equals_uninterrupted(
    build, resumed_run, copy_of, unchanged, interval, killed, resumed
):
    whole, second = resumed_run(
        build, killed, resumed, run_opts={"ckpt_interval_steps": interval}
    )
    unchanged(second.objectives, copy_of(whole.objectives))
    unchanged(second.losses.weighting, copy_of(whole.losses.weighting))


def test_killed_equals_undisturbed(build, killed_run):
    killed_run(build, run_opts={"ckpt_interval_steps": 2})


def test_two_processes_equal_one(build, doubled_run):
    one = doubled_run(build, 6)
    assert one["weighting"]["looked"]
    assert one["log"][0]["gradient_vicreg"] > 0
