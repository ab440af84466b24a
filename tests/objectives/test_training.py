"""All objectives learn; all together are resumed bit for bit, and do the same in two processes as in one."""

import pytest

from sb_contrastive.schedules import Constant
from tests.objectives.conftest import OBJECTIVES

FIGURES = {
    "SwAV": {"teacher_entropy", "prototype_perplexity", "kl"},
    "SDPN": {"teacher_entropy", "prototype_perplexity", "train_uneven_use"},
    "RDINO": {"teacher_entropy", "train_regulariser"},
    "LeJEPA": {"positive_cosine", "train_sigreg", "train_invariance"},
    "SimSiam": {"positive_cosine", "projection_std"},
    "SupSiam": {"positive_cosine", "projection_std"},
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_it_learns_and_is_watched(name, build):
    brain, fit = build([name], epochs=6)
    fit()
    first, last = brain.log.rows[0], brain.log.rows[-1]
    wanted = FIGURES.get(name, {"positive_cosine", "hit_rate"})
    assert wanted | {"embedding_std", "effective_rank"} <= last.keys()
    if name in ("DeepCluster", "ReSSL"):
        # Without a memory, and without a queue, there is nothing to learn from
        assert brain.history[0][2] == 0
        first = brain.log.rows[1]
    if name != "MoCo":  # whose loss grows with its queue
        assert last["train_loss"] < first["train_loss"]


def test_resumed_equals_uninterrupted(build, resumed_run, copy_of, unchanged):
    whole, second = resumed_run(
        build, 5, 5, run_opts={"ckpt_interval_steps": 1}
    )
    unchanged(second.objectives, copy_of(whole.objectives))
    # One teacher serves all objectives of one momentum
    assert [n for n in whole.modules if n.endswith("teacher_encoder")] == [
        "teacher_encoder"
    ]


def test_two_processes_equal_one(build, doubled_run):
    # Rounding errors grow with the steps that are taken
    few = {
        "weights": dict.fromkeys(OBJECTIVES, 0.05),
        "learning_rate": Constant(0.001),
    }
    one = doubled_run(build, 6, epochs=2, **few)
    assert one["log"][-1]["train_DeepCluster"] > 0
    assert one["SwAV_state"]["queues.0.enqueued"] == 36
