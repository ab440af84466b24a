"""An encoder is measured without labels after each epoch, and the best epoch can be had again."""

import numpy as np
import pytest
import torch

from sb_contrastive.brains import PretrainingBrain
from sb_contrastive.brains.logs import held_out
from sb_contrastive.brains.logs.held_out import (
    CROPS,
    MOST,
    HeldOutCrops,
    watched,
)
from sb_contrastive.brains.logs.judged_trials import JudgedTrials
from sb_contrastive.data.augmentation import Augmentation
from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.data.trials.trial_sets import TrialSet
from sb_contrastive.data.views import RandomCrops
from sb_contrastive.encoders import DINOHead
from sb_contrastive.evaluation.embeddings.embed import embed
from sb_contrastive.evaluation.embeddings.label_free.measures import (
    label_free_measures,
)
from sb_contrastive.evaluation.embeddings.label_free.ranking import (
    GOODNESS,
    MEASURES,
    best_first,
    undominated,
)
from sb_contrastive.evaluation.verification.error_rates import eer
from sb_contrastive.losses import DINOLoss, NTXentLoss
from sb_contrastive.objectives import DINO, NTXent
from sb_contrastive.schedules import Constant, Cosine


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(held_out, "TOGETHER", 2)
    monkeypatch.setattr(held_out, "SECONDS", 0.2)


@pytest.fixture
def build(pretraining, small_encoder, rows):
    """Makes a Brain that is measured by the validation part, and keeps its teacher."""

    def make(choose=MEASURES, **options):
        head = DINOHead(8, 24, hidden_dim=16, bottleneck_dim=8)
        objectives = {
            "dino": DINO(head, DINOLoss(24), Cosine(0.7, 1.0), Constant(0.04)),
            "nt_xent": NTXent(NTXentLoss(0.2), view="long"),
        }
        brain, fit = pretraining(
            PretrainingBrain,
            modules={"encoder": small_encoder()},
            objectives=objectives,
            crops=RandomCrops([2, 2], [0.2, 0.1], seed=1),
            keep="teacher",
            **options,
        )
        augmentation = Augmentation(seed=1, clips=2, responses=2)
        augmentation.prepare(rows[:18])
        brain.watch(HeldOutCrops(rows[18:], augmentation), choose=choose)
        return brain, fit

    return make


def test_the_best_epoch_is_loaded_again(build, tmp_path, copy_of):
    brain, fit = build(save=tmp_path, epochs=6)
    kept, finish = {}, brain.finish_epoch

    def noted(epoch, train, valid):
        kept[epoch] = copy_of(brain.pretrained_encoder())
        finish(epoch, train, valid)

    brain.finish_epoch = noted
    fit()
    rows = list(brain.log.rows)
    assert all(GOODNESS.keys() <= row.keys() for row in rows)
    there = {c.meta["epoch"] for c in brain.checkpointer.list_checkpoints()}
    assert {r["epoch"] for r in undominated(rows)} <= there
    # Those that cannot be chosen any more are gone, but for the last
    assert len(there) <= len(undominated(rows)) + 2
    best = brain.load_label_free()
    assert best == best_first(rows)[0]["epoch"]
    state = brain.pretrained_encoder().state_dict()
    assert all(torch.equal(v, kept[best][k]) for k, v in state.items())
    assert brain.log.rows == rows


def test_a_damaged_checkpoint_is_not_chosen(build, tmp_path):
    brain, fit = build(save=tmp_path, epochs=4)
    fit()
    first, *others = [row["epoch"] for row in best_first(brain.log.rows)]
    there = {
        c.meta["epoch"]: c.path for c in brain.checkpointer.list_checkpoints()
    }
    (there[first] / "encoder.ckpt").unlink()
    expected = next(epoch for epoch in others if epoch in there)
    assert brain.load_label_free() == expected


def test_measures_do_not_disturb_training(build, tmp_path, copy_of, unchanged):
    torch.manual_seed(0)
    watching, fit = build(save=tmp_path / "a", choose=MEASURES)
    start = copy_of(watching.modules)
    fit()
    torch.manual_seed(5)
    alone, fit = build(save=tmp_path / "b", choose=())
    alone.modules.load_state_dict(start)
    alone.watchers = ()
    fit()
    assert alone.history == watching.history
    unchanged(alone.modules, copy_of(watching.modules))
    assert not GOODNESS.keys() & alone.log.rows[0].keys()
    assert len(alone.checkpointer.list_checkpoints()) == 1


@pytest.mark.parametrize("killed, resumed", [(5, 5), (3, 3)])
def test_resumed_equals_uninterrupted(build, resumed_run, killed, resumed):
    whole, second = resumed_run(
        build, killed, resumed, run_opts={"ckpt_interval_steps": 1}
    )
    assert whole.load_label_free() == second.load_label_free()


def test_trials_are_scored_after_each_epoch(build, rows):
    pairs = [(a, b) for b in range(6) for a in range(b)]
    same = [rows[a]["spk_id"] == rows[b]["spk_id"] for a, b in pairs]
    trials = Trials(
        np.array(same), *np.array(pairs).T, [row["ID"] for row in rows[:6]]
    )
    brain, fit = build(epochs=2)
    brain.watch(JudgedTrials({"mine": TrialSet(trials, rows[:6], None)}))
    fit()
    z = embed(brain.pretrained_encoder(), rows[:6])
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    scores = np.array([unit[a] @ unit[b] for a, b in pairs])
    sides = scores[trials.labels], scores[~trials.labels]
    assert brain.log.rows[-1]["EER_mine"] == eer(*sides)[0]
    assert not GOODNESS.keys() & brain.log.rows[0].keys()


def test_killed_equals_undisturbed(build, killed_run):
    killed_run(build, run_opts={"ckpt_interval_steps": 1})


def test_two_processes_equal_one(build, doubled_run):
    one = doubled_run(build, 6, epochs=2, learning_rate=Constant(0.001))
    assert {"rankme", "alpha_req", "lidar"} <= one["log"][-1].keys()


def test_crops_are_the_same_in_any_order_of_the_rows(rows):
    def embedded(given):
        crops = HeldOutCrops(given)
        assert sum(map(len, crops.passes.values())) == CROPS * len(given)
        return crops.figures(lambda wavs: wavs[:, :3200:320])

    first = embedded(rows[:8])
    assert embedded(rows[:8][::-1]) == first
    wavs = HeldOutCrops(rows[:8]).passes
    z = torch.cat([w.unflatten(0, (CROPS, -1)) for w in wavs.values()], dim=1)
    z = z.transpose(0, 1)[..., :3200:320]
    assert label_free_measures(z) == pytest.approx(first)


def test_frames_of_a_cache_are_cut_evenly():
    class Cache(dict):
        frame_rate = 50

        def crop(self, utterance, start, stop):
            return self[utterance][start:stop]

    lengths = dict(zip("abcd", (5, 10, 37, 100)))
    cache = Cache(
        {
            i: torch.arange(n)[:, None] * torch.ones(8)
            for i, n in lengths.items()
        }
    )
    crops = HeldOutCrops([{"ID": i} for i in "abcd"], cache=cache)
    order = [row["ID"] for row in watched([{"ID": i} for i in "abcd"])]
    z = torch.cat(
        [p.unflatten(0, (CROPS, 2)) for p in crops.passes.values()], dim=1
    )
    firsts = dict(zip(order, z[:, :, 0, 0].T.tolist()))
    assert z.shape == (CROPS, 4, 10, 8)
    assert firsts["c"] == [0, 9, 18, 27] and firsts["a"] == [0, 0, 0, 0]
    assert z[0, order.index("a"), :, 0].tolist() == [0, 1, 2, 3, 4] * 2


def test_few_utterances_are_not_watched_and_many_are_drawn_by_name():
    rows = [{"ID": str(i)} for i in range(MOST + 50)]
    assert watched(rows[:3]) == []
    found = watched(rows)
    assert len(found) == MOST and found == watched(rows[::-1])


def test_an_epoch_that_chose_nothing_keeps_the_last(build, tmp_path, caplog):
    brain, fit = build(save=tmp_path, epochs=1)
    brain.watch(choose=MEASURES)
    fit()
    assert brain.load_label_free() is None
    assert "the last one is kept" in caplog.text
