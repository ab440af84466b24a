"""SimCLR training on two dozen short files, uninterrupted and resumed."""

import functools

import pytest
import torch
from speechbrain import Stage
from speechbrain.utils.checkpoints import Checkpointer
from speechbrain.utils.epoch_loop import EpochCounter

from sb_contrastive.brains import SimCLRBrain
from sb_contrastive.data.crops import RandomCrops
from sb_contrastive.data.datasets import crop_dataset
from sb_contrastive.losses import NTXentLoss
from sb_contrastive.schedules import Cosine, WarmupCosine

STEPS = 3  # 18 training utterances in batches of 6


class WatchedBrain(SimCLRBrain):
    """Notes what each step saw and gave; can be killed before a step."""

    kill_before_step = None

    def fit_batch(self, batch):
        if self.optimizer_step == self.kill_before_step:
            raise InterruptedError
        loss = super().fit_batch(batch)
        self.history = [
            *getattr(self, "history", []),
            (self.crops.epoch, tuple(batch.id), loss.item()),
        ]
        return loss


@pytest.fixture
def build(rows, tiny_encoder):
    """Makes a Brain anew, and a function that trains it."""

    def make(epochs=3, save=None, run_opts=None, projector=False, **options):
        modules = {"encoder": tiny_encoder()}
        if projector:
            modules["projector"] = torch.nn.Sequential(
                torch.nn.Linear(8, 16),
                torch.nn.ReLU(),
                torch.nn.Linear(16, 6),
            )
        crops = RandomCrops([2], [0.15], seed=1, disjoint=True)
        options = {
            "modules": modules,
            "loss": NTXentLoss(0.2, 0.1),
            "opt_class": functools.partial(
                torch.optim.AdamW, weight_decay=0.01
            ),
            "learning_rate": WarmupCosine(0.01, 0.001, warmup=0.2),
            "crops": crops,
            "total_steps": epochs * STEPS,
            "run_opts": {"noprogressbar": True, **(run_opts or {})},
            "checkpointer": Checkpointer(save) if save else None,
            **options,
        }
        brain = WatchedBrain(**options)
        counter = EpochCounter(epochs)
        if save:
            brain.checkpointer.add_recoverable("counter", counter)

        def fit():
            groups = list(brain.groups)
            brain.fit(
                counter,
                crop_dataset(rows[:18], crops, groups),
                crop_dataset(rows[18:], crops, groups),
                train_loader_kwargs={
                    "batch_size": 6,
                    "shuffle": True,
                    "drop_last": True,
                },
                valid_loader_kwargs={"batch_size": 3},
            )

        return brain, fit

    return make


def a_batch(brain, rows):
    dataset = crop_dataset(rows, brain.crops, ["pair"])
    (batch,) = brain.make_dataloader(
        dataset, Stage.VALID, None, batch_size=len(rows)
    )
    return batch


@pytest.mark.parametrize("projector", [False, True])
def test_a_few_epochs_lower_the_loss(build, rows, projector):
    speakers = {row["ID"]: row["spk_id"] for row in rows[18:]}
    brain, fit = build(epochs=12, projector=projector, speakers=speakers)
    fit()
    losses = [row["train_loss"] for row in brain.log.rows]
    assert len(losses) == 12
    assert sum(losses[-3:]) / 3 < losses[0] - 0.2
    assert set(brain.log.rows[0]) >= {
        "valid_loss",
        "margin",
        "positive_cosine",
        "negative_cosine",
        "hit_rate",
        "embedding_std",
        "effective_rank",
        "speaker_eer",
        "speaker_knn",
    }
    for row in brain.log.rows:
        assert all(isinstance(v, (int, float)) for v in row.values())


@pytest.mark.parametrize("projector", [False, True])
def test_every_view_goes_through_alone_as_in_the_batch(build, rows, projector):
    brain, _ = build(projector=projector)
    brain.modules.eval()
    batch = a_batch(brain, rows[:4])
    outputs, embeddings = brain.compute_forward(batch, Stage.VALID)
    for v in range(2):
        for b in range(4):
            alone = brain.modules.encoder(batch.pair.data[b, v][None])
            torch.testing.assert_close(embeddings[v, b], alone[0])
            if projector:
                alone = brain.modules.projector(alone)
            torch.testing.assert_close(outputs[v, b], alone[0])


def test_both_views_are_one_pass_of_the_encoder(build):
    brain, fit = build(epochs=1)
    fit()
    passes = [
        v.item()
        for k, v in brain.modules.encoder.state_dict().items()
        if k.endswith("num_batches_tracked")
    ]
    assert passes and set(passes) == {STEPS}


def test_the_objective_gets_its_scheduled_margin(build, rows):
    brain, _ = build(margin=Cosine(0.0, 0.4, until=0.5))
    brain.modules.eval()
    brain.on_stage_start(Stage.VALID, 1)
    batch = a_batch(brain, rows[:4])
    predictions = brain.compute_forward(batch, Stage.VALID)
    for step, margin in ((0, 0.0), (3, 0.3), (5, 0.4), (9, 0.4)):
        brain.optimizer_step = step
        loss = brain.compute_objectives(predictions, batch, Stage.VALID)
        expected = brain.loss(*predictions[0], margin=margin)
        assert loss.item() == pytest.approx(expected.item(), rel=1e-6)


def test_without_a_schedule_the_margin_is_the_losss_own(build):
    brain, fit = build(epochs=1)
    fit()
    assert brain.log.rows[0]["margin"] == 0.1


def test_augmentation_is_for_training_only(build):
    calls = []

    def spy(wavs, ids, views, epoch):
        calls.append((len(wavs), list(views), epoch))
        return wavs

    brain, fit = build(epochs=2, augmentation=spy)
    fit()
    views = [0] * 6 + [1] * 6
    assert calls == [(12, views, 1)] * STEPS + [(12, views, 2)] * STEPS


def test_validation_moves_nothing_and_repeats_itself(build, rows, copy_of):
    brain, fit = build(epochs=1)
    fit()
    before = copy_of(brain.modules)
    for epoch in (1, 7):
        brain._fit_valid(
            brain.make_dataloader(
                crop_dataset(rows[18:], brain.crops, ["pair"]),
                Stage.VALID,
                batch_size=3,
                ckpt_prefix=None,
            ),
            epoch,
            enable=False,
        )
    first, second = (dict(row) for row in brain.log.rows[-2:])
    assert first.pop("epoch") == 1 and second.pop("epoch") == 7
    assert first == second
    assert all(
        torch.equal(v, before[k]) for k, v in brain.modules.state_dict().items()
    )


def test_starts_from_an_encoder_and_gives_it_back_without_projector(
    build, tiny_encoder
):
    brain, _ = build(projector=True)
    other = tiny_encoder()
    brain.start_from(other.state_dict())
    kept = brain.pretrained_encoder().state_dict()
    assert all(torch.equal(v, kept[k]) for k, v in other.state_dict().items())
    assert set(kept) == set(other.state_dict())


def test_resumed_equals_uninterrupted(build, tmp_path, copy_of):
    options = {
        "projector": True,
        "margin": Cosine(0.0, 0.3, until=0.5),
        "run_opts": {"ckpt_interval_steps": 1},
    }
    whole, fit = build(save=tmp_path / "whole", **options)
    start = copy_of(whole.modules)
    fit()
    first, fit = build(save=tmp_path / "cut", **options)
    first.modules.load_state_dict(start)
    first.kill_before_step = 5
    with pytest.raises(InterruptedError):
        fit()
    torch.manual_seed(99)
    second, fit = build(save=tmp_path / "cut", **options)
    fit()
    assert second.history == whole.history[5:]
    assert second.log.rows == whole.log.rows
    new = second.modules.state_dict()
    assert all(
        torch.equal(new[k], v) for k, v in whole.modules.state_dict().items()
    )


def test_half_precision_training_runs_and_learns(build):
    brain, fit = build(epochs=12, run_opts={"precision": "bf16"})
    fit()
    losses = [row["train_loss"] for row in brain.log.rows]
    assert sum(losses[-3:]) / 3 < losses[0] - 0.2
