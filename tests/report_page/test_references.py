"""Reference lines of training curves are what a network would have by chance."""

import math
from types import SimpleNamespace

import pytest
import torch

from sb_contrastive.losses import NTXentLoss
from sb_contrastive.report_page.references import references_of, upper_limit

DINO = (
    "!name:DINOBrain\nencoder:\n  embedding_dim: 8\nhead:\n  num_prototypes: 64"
)
SIMCLR = "!name:SimCLRBrain\nloss: !new:NTXentLoss\n  symmetric: {}"
MOCO = "!name:MoCoBrain\nmodules:\n  queue: !new:KeyQueue\n    size: 100"


def run(brain, N=5, confusion=None):
    values = {"pretraining_brain": brain, "pretrain_batch_size": str(N)}
    entry = {"pooled": {"confusion": confusion}}
    metrics = {"a": entry} if confusion else {}
    return SimpleNamespace(settings={"pretrain": values}, metrics=metrics)


def value(given, key):
    found = references_of(given, "pretrain/fold_1", key)
    return found[0][1] if found else None


@pytest.mark.parametrize("symmetric", [True, False])
def test_equal_embeddings_have_the_loss_of_chance(symmetric):
    z = torch.ones(5, 4)
    loss = NTXentLoss(symmetric=symmetric)(z, z).item()
    brain = SIMCLR.format(str(symmetric).lower())
    assert value(run(brain), "loss") == pytest.approx(loss, abs=1e-5)


def test_entropy_queue_and_rates():
    assert value(run(DINO), "teacher_entropy") == math.log(64)
    assert value(run(DINO), "loss") is None  # it has no such limit
    assert value(run(MOCO), "loss") == math.log(101)
    assert value(run(DINO), "speaker_eer") == 50
    assert upper_limit(run(DINO), "pretrain", "effective_rank").endswith(" 8")


def test_chance_of_a_classifier():
    given = run(DINO, confusion=[[6, 0, 0], [1, 1, 0], [0, 0, 0]])
    assert value(given, "UA") == 50  # a class that never occurs does not count
    assert value(given, "WA") == 75
