"""Reshaping a space: what is given to the loss, what moves, what is measured, resuming."""

import functools

import pytest
import torch
from speechbrain import Stage
from speechbrain.utils.epoch_loop import EpochCounter

from sb_contrastive.brains import MetricLearningBrain
from sb_contrastive.data.sampling.class_batches import ClassBatches
from sb_contrastive.data.sampling.triplets import ClassTriplets, ViewTriplets
from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.data.views.datasets import crop_dataset, utterance_dataset
from sb_contrastive.encoders import Projector
from sb_contrastive.losses import (
    BarlowTwinsLoss,
    CombinedLoss,
    SupConLoss,
    TripletLoss,
    VICRegLoss,
)
from sb_contrastive.schedules import WarmupCosine
from sb_contrastive.training.checkpoints import AtomicCheckpointer

CLASSES = ["ang", "neu", "sad"]
LABELS = {label: index for index, label in enumerate(CLASSES)}
BOTH_ON_Z = {"contrastive": "z", "non_contrastive": "z"}


class WatchedBrain(MetricLearningBrain):
    """Notes what each step gave; can be killed before one."""

    kill_before_step = None

    def fit_batch(self, batch):
        if self.optimizer_step == self.kill_before_step:
            raise InterruptedError
        loss = super().fit_batch(batch)
        step = (tuple(batch.id), loss.item())
        self.history = [*getattr(self, "history", []), step]
        return loss


@pytest.fixture
def build(rows, small_encoder):
    """Makes a Brain anew, and a function that trains it."""

    def make(
        epochs=3,
        save=None,
        views=1,
        by_class=True,
        interval=0,
        batch_size=7,
        **options,
    ):
        crops = RandomCrops([views], [0.2], seed=1)
        train, valid = rows[:15], rows[15:]
        sampler = ClassBatches(train, 2, seed=1) if by_class else None
        triplets = ClassTriplets(train, 1) if by_class else ViewTriplets(1)
        options = {
            "modules": {
                "encoder": small_encoder(),
                "projector": Projector(8, 4, dropout=0.5),
            },
            "opt_class": functools.partial(torch.optim.AdamW),
            "learning_rate": WarmupCosine(0.03),
            "total_steps": epochs * 2,
            "run_opts": {
                "noprogressbar": True,
                "ckpt_interval_steps": interval,
            },
            "checkpointer": AtomicCheckpointer(save) if save else None,
            "loss": CombinedLoss(SupConLoss(), BarlowTwinsLoss()),
            "triplets": triplets,
            "sampler": sampler,
            "crops": crops,
            "speakers": {row["ID"]: row["spk_id"] for row in rows},
            **options,
        }
        brain = WatchedBrain(**options)
        counter = EpochCounter(epochs)
        if save:
            brain.checkpointer.add_recoverable("counter", counter)
        labels = LABELS if by_class else None
        held = (
            utterance_dataset(valid, LABELS)
            if by_class
            else crop_dataset(valid, crops, brain.views)
        )
        loader = (
            {"batch_sampler": sampler}
            if by_class
            else {"batch_size": batch_size, "shuffle": True, "drop_last": True}
        )

        def fit():
            brain.fit(
                counter,
                crop_dataset(train, crops, brain.views, labels),
                held,
                train_loader_kwargs=loader,
                valid_loader_kwargs={"batch_size": 4},
            )

        return brain, fit

    return make


def a_batch(brain, rows, labels=LABELS):
    dataset = crop_dataset(rows, brain.crops, brain.views, labels)
    (batch,) = brain.make_dataloader(
        dataset, Stage.VALID, None, batch_size=len(rows)
    )
    return batch


def test_classes_come_apart_and_the_space_is_logged(build):
    brain, fit = build(epochs=8)
    fit()
    log = brain.log.rows
    assert log[-1]["train_contrastive"] < 0.7 * log[0]["train_contrastive"]
    name = "valid_within_between"
    assert log[-1][name] < 0.5 * log[0][name]
    assert log[-1]["valid_ICC"] > log[0]["valid_ICC"]
    for row in log:
        mixed = row["train_contrastive"] + 0.05 * row["train_non_contrastive"]
        assert row["train_loss"] == pytest.approx(mixed, rel=1e-4)


@pytest.mark.parametrize("views", [1, 2])
def test_the_loss_is_told_classes_and_partners(build, rows, views):
    brain, _ = build(views=views)
    brain.on_stage_start(Stage.TRAIN, 3)
    brain.modules.eval()
    batch = a_batch(brain, rows[:9])
    forward = brain.compute_forward(batch, Stage.VALID)
    r, z = forward.outputs["metric"]
    value = brain.compute_objectives(forward, batch, Stage.TRAIN)
    names = [row["ID"] for row in rows[:9]] * views
    labels = torch.tensor([LABELS[row["label"]] for row in rows[:9]] * views)
    triplets = torch.tensor(brain.objectives["metric"].triplets(names, 3))
    assert len(r) == len(triplets) == 9 * views
    expected = brain.objectives["metric"].criterion(r, z, labels, triplets)
    torch.testing.assert_close(value, expected)


def test_without_labels_the_other_view_is_the_partner(build, rows):
    loss = CombinedLoss(SupConLoss(0.07), VICRegLoss(1, 1, 0.04), 1.0)
    brain, fit = build(views=2, by_class=False, loss=loss, epochs=2)
    fit()
    assert {"positive_cosine", "speaker_eer"} <= brain.log.rows[0].keys()
    brain.modules.eval()
    batch = a_batch(brain, rows[:5], None)
    forward = brain.compute_forward(batch, Stage.VALID)
    r, z = forward.outputs["metric"]
    value = brain.compute_objectives(forward, batch, Stage.TRAIN)
    expected = SupConLoss(0.07)(r, torch.arange(5).repeat(2))
    expected = expected + VICRegLoss(1, 1, 0.04)(z[:5], z[5:])
    torch.testing.assert_close(value, expected)


@pytest.mark.parametrize("trainable", ["output", "affine", "all"])
def test_what_is_frozen_stays_bit_for_bit(build, copy_of, trainable):
    loss = CombinedLoss(TripletLoss(), BarlowTwinsLoss(), 0.05, BOTH_ON_Z)
    brain, fit = build(trainable=trainable, loss=loss)
    before = copy_of(brain.modules.encoder)
    projector = copy_of(brain.modules.projector)
    fit()
    moved = {
        k
        for k, v in brain.modules.encoder.state_dict().items()
        if not torch.equal(v, before[k])
    }
    affine = {k for k in before if k.startswith("backbone.blocks.7.")}
    assert affine
    if trainable == "output":
        assert not moved
    elif trainable == "affine":
        assert moved == affine
    else:
        assert moved > affine
    after = brain.modules.projector.state_dict()
    assert any(not torch.equal(v, projector[k]) for k, v in after.items())


def test_z_is_measured_where_it_is_what_is_used(build):
    seen = {}
    for embedding, D in (("r", 8), ("z", 4)):
        brain, fit = build(epochs=1, embedding=embedding)
        fit()
        assert {x.shape[1] for x in brain.embeddings} == {D}
        seen[embedding] = brain.log.rows[0]["valid_within_between"]
    assert seen["r"] != seen["z"]


@pytest.mark.parametrize("select", ["few_shot_UA", "davies_bouldin"])
def test_the_best_space_is_kept(build, tmp_path, select):
    brain, fit = build(epochs=4, save=tmp_path, select=select)
    fit()
    ((kind, key),) = brain.best.items()
    values = [row[key] for row in brain.log.rows]
    best = max(values) if kind == "max_key" else min(values)
    brain.load_best()
    assert brain.log.rows[-1][key] == best


@pytest.mark.parametrize("mixing", ["fixed", "gradnorm"])
def test_resumed_within_an_epoch_equals_uninterrupted(build, tmp_path, mixing):
    def loss():
        return CombinedLoss(SupConLoss(), BarlowTwinsLoss(), mixing=mixing)

    whole, fit = build(save=tmp_path / "whole", interval=1, loss=loss())
    start = {k: v.clone() for k, v in whole.modules.state_dict().items()}
    fit()
    first, fit = build(save=tmp_path / "cut", interval=1, loss=loss())
    first.modules.load_state_dict(start)
    first.kill_before_step = 3  # of 2 in each epoch
    with pytest.raises(InterruptedError):
        fit()
    torch.manual_seed(99)  # a new process: other weights, other dropout
    second, fit = build(save=tmp_path / "cut", interval=1, loss=loss())
    fit()
    assert second.history == whole.history[3:]
    assert second.log.rows == whole.log.rows


def test_mistakes_are_named(build):
    with pytest.raises(ValueError, match="did you mean 'davies_bouldin'"):
        build(select="davies_boulding")
    with pytest.raises(ValueError, match="r or z, got 'y'"):
        build(embedding="y")
    with pytest.raises(ValueError, match="cannot move a frozen encoder"):
        build(trainable="output")


@pytest.mark.parametrize("mixing", ["fixed", "gradnorm"])
def test_killed_equals_undisturbed(build, killed_run, mixing):
    def anew(**options):
        loss = CombinedLoss(SupConLoss(), BarlowTwinsLoss(), mixing=mixing)
        return build(loss=loss, **options)

    killed_run(anew, interval=1, views=2)


@pytest.mark.parametrize("non_contrastive", [BarlowTwinsLoss, VICRegLoss])
def test_two_processes_equal_one(
    build, doubled_run, small_encoder, non_contrastive
):
    def anew(**options):
        return build(
            modules={
                "encoder": small_encoder(),
                # Ranks drop units of their own
                "projector": Projector(8, 4, dropout=0.0),
            },
            loss=CombinedLoss(SupConLoss(), non_contrastive()),
            by_class=False,
            views=2,
            **options,
        )

    doubled_run(anew, 6)


def test_bf16_is_near(build, near_in_bf16):
    near_in_bf16(build)
