"""MoCo's queues as the objective fills them: who is a negative of whom."""

import pytest
import torch

from sb_contrastive.losses import MoCoLoss
from sb_contrastive.objectives import MoCo
from sb_contrastive.objectives.objective import Embeddings, Moment
from sb_contrastive.queue import KeyQueue
from sb_contrastive.schedules import Constant

BATCHES = ["ab", "ca", "bc", "da"]


@pytest.fixture
def moco():
    return MoCo(MoCoLoss(0.2), KeyQueue(5, 4).double(), Constant(0.9))


def seen(seed):
    """Two views of two utterances, by both encoders [2, 2, 4]."""
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randn(2, 2, 2, 4, generator=generator, dtype=torch.float64)
    return Embeddings({"pair": rows[0]}, {"pair": rows[1]})


def moment(names):
    return Moment(0.0, 0, 1, list(names))


def test_earlier_keys_of_the_same_recording_are_no_negatives(moco):
    rings = [[], []]  # of each view: (recording, key), the oldest first
    for step, names in enumerate(BATCHES):
        outputs = moco.outputs(seen(step), moco.heads)
        slow = 0.0
        for view, ring in enumerate(rings):
            for b, name in enumerate(names):
                query, key = outputs[0][1 - view, b], outputs[1][view, b]
                others = [k for n, k in ring if n != name]
                others = torch.stack(others) if others else torch.zeros(0, 4)
                alone = MoCoLoss(0.2)(query[None], key[None], others)
                slow += alone.item() / 4
        loss = moco.loss(outputs, moment(names)).item()
        assert loss == pytest.approx(slow, rel=1e-9)
        moco.after_batch(outputs, moment(names))
        for view, ring in enumerate(rings):
            ring += zip(names, outputs[1][view])
            del ring[:-5]


def test_the_recordings_come_back_with_the_queues(moco):
    for step, names in enumerate(BATCHES[:2]):
        outputs = moco.outputs(seen(step), moco.heads)
        moco.loss(outputs, moment(names))
        moco.after_batch(outputs, moment(names))
    other = MoCo(MoCoLoss(0.2), KeyQueue(5, 4).double(), Constant(0.9))
    other.load_state_dict(moco.state_dict())
    outputs = moco.outputs(seen(9), moco.heads)
    values = [m.loss(outputs, moment("ab")).item() for m in (moco, other)]
    assert values[0] == values[1]
    strangers = moco.loss(outputs, moment("xy")).item()
    assert strangers > values[0]  # a and b were left out
