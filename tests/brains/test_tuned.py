"""Brains on a pretrained network that is tuned: resuming, processes, what moves, and in half precision."""

import functools

import pytest
import torch

from sb_contrastive.brains import DINOBrain, MoCoBrain, SimCLRBrain
from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.encoders import DINOHead, Tuning, UtteranceEncoder
from sb_contrastive.losses import DINOLoss, MoCoLoss, NTXentLoss
from sb_contrastive.queue import KeyQueue
from sb_contrastive.schedules import Cosine, LinearThenConstant

WAYS = {
    "top_k": {"top_layers": 1},
    "lora": {"rank": 2},
    "houlsby": {"bottleneck": 3},
    "all": {"layer_decay": 0.5},
    "pulled": {"pull": 0.01},
}


class Mean(torch.nn.Module):
    """Pools frames [B, T, D] and makes embeddings [B, 8] of them."""

    def __init__(self, dim):
        super().__init__()
        self.linear = torch.nn.Linear(dim, 8)

    def forward(self, x):
        return self.linear(x.mean(dim=1))


@pytest.fixture
def encoder(front_end):
    def make(tune, family="whisper"):
        tuning = Tuning(tune.replace("pulled", "all"), **WAYS[tune])
        frames = front_end(family, layers="weighted", tuning=tuning)
        return UtteranceEncoder(frames, Mean(16), 8, affine=["linear"])

    return make


@pytest.fixture
def build(pretraining, encoder):
    """Makes a Brain anew, and a function that trains it."""

    def make(kind="simclr", tune="lora", family="whisper", **options):
        torch.manual_seed(0)
        modules = {"encoder": encoder(tune, family)}
        crops = functools.partial(RandomCrops, seed=1)
        if kind == "simclr":
            own = {"loss": NTXentLoss(0.2, 0.1)}
            return pretraining(
                SimCLRBrain,
                modules=modules,
                crops=crops([2], [0.15]),
                **own,
                **options,
            )
        if kind == "moco":
            return pretraining(
                MoCoBrain,
                modules=modules,
                crops=crops([2], [0.15]),
                loss=MoCoLoss(0.2),
                queue=KeyQueue(12, 8),
                key_momentum=Cosine(0.9, 1.0),
                **options,
            )
        modules["head"] = DINOHead(8, 16, hidden_dim=16, bottleneck_dim=4)
        return pretraining(
            DINOBrain,
            modules=modules,
            crops=crops([2, 2], [0.15, 0.1]),
            loss=DINOLoss(16),
            teacher_momentum=Cosine(0.9, 1.0),
            teacher_temperature=LinearThenConstant(0.04, 0.04, 0.1),
            **options,
        )

    return make


@pytest.mark.parametrize("kind", ["simclr", "moco", "dino"])
def test_only_what_is_tuned_moves(build, kind):
    brain, fit = build(kind, epochs=2)
    front = brain.modules.encoder.compute_features
    before = {k: v.clone() for k, v in front.tuned.fixed.tensors.items()}
    start = {k: v.clone() for k, v in front.state_dict().items()}
    fit()
    front = brain.modules.encoder.compute_features
    for place, tensor in front.tuned.fixed.tensors.items():
        assert torch.equal(tensor, before[place])
    moved = {
        k for k, v in front.state_dict().items() if not torch.equal(v, start[k])
    }
    assert moved == set(start) - {"_extra_state"}


@pytest.mark.parametrize("tune", WAYS)
def test_killed_equals_undisturbed(build, killed_run, tune):
    killed_run(
        functools.partial(build, tune=tune),
        run_opts={"noprogressbar": True, "ckpt_interval_steps": 2},
    )


@pytest.mark.parametrize(
    "kind, tune", [("dino", "houlsby"), ("simclr", "all"), ("moco", "lora")]
)
def test_two_processes_equal_one(build, doubled_run, kind, tune):
    doubled_run(functools.partial(build, kind, tune), 6)


def test_layers_may_be_dropped_in_two_processes(
    build, two_ranks, hugging_face_model
):
    hugging_face_model("hubert")  # made before, not by both at once

    # Each process drops others: their weights get no gradient there
    def train(rank):
        brain, fit = build(
            tune="all",
            family="hubert",
            epochs=1,
            run_opts={"noprogressbar": True, "distributed_backend": "gloo"},
        )
        front = brain.modules.encoder.compute_features
        front.config.layerdrop = 0.5
        fit()
        return {"done": torch.tensor(brain.optimizer_step)}

    assert all(found["done"] > 0 for found in two_ranks(train))


def test_in_half_precision(build):
    brain, fit = build(
        "dino",
        "all",
        epochs=2,
        run_opts={"noprogressbar": True, "precision": "bf16"},
    )
    fit()
    losses = [row["train_loss"] for row in brain.log.rows]
    assert all(loss == loss for loss in losses)
    for p in brain.modules.encoder.parameters():
        assert p.dtype == torch.float32


def test_the_shares_of_the_rate_are_the_optimisers(build):
    brain, fit = build(tune="all", epochs=1)
    fit()
    groups = brain.optimizer.param_groups
    assert {g["rate_factor"] for g in groups} == {1.0, 0.5}
    top = brain.modules.encoder.compute_features.tuned.network.layers[1]
    (rate,) = {
        g["rate_factor"]
        for g in groups
        if any(p is top.fc1.weight for p in g["params"])
    }
    assert rate == 1.0
