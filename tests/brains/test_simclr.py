"""SimCLR training on two dozen short files, uninterrupted and resumed."""

import math

import pytest
import torch
from speechbrain import Stage

from sb_contrastive.brains import SimCLRBrain
from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.data.views.datasets import crop_dataset
from sb_contrastive.losses import NTXentLoss
from sb_contrastive.schedules import Cosine

STEPS = 3  # in an epoch


@pytest.fixture
def build(pretraining, small_encoder):
    """Makes a Brain anew, and a function that trains it."""

    def make(projector=False, **options):
        modules = {"encoder": small_encoder()}
        if projector:
            modules["projector"] = torch.nn.Sequential(
                torch.nn.Linear(8, 16),
                torch.nn.ReLU(),
                torch.nn.Linear(16, 6),
            )
        return pretraining(
            SimCLRBrain,
            modules=modules,
            loss=NTXentLoss(0.2, 0.1),
            crops=RandomCrops([2], [0.15], seed=1, disjoint=True),
            **options,
        )

    return make


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
def test_every_view_goes_through_alone_as_in_the_batch(
    build, a_batch, rows, projector
):
    brain, _ = build(projector=projector)
    brain.modules.eval()
    batch = a_batch(brain, rows[:4])
    forward = brain.compute_forward(batch, Stage.VALID)
    (outputs, _), embeddings = (
        forward.outputs["nt_xent"],
        forward.embeddings["pair"],
    )
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


def test_the_objective_gets_its_scheduled_margin(build, a_batch, rows):
    brain, _ = build(margin=Cosine(0.0, 0.4, until=0.5))
    brain.modules.eval()
    brain.on_stage_start(Stage.VALID, 1)
    batch = a_batch(brain, rows[:4])
    predictions = brain.compute_forward(batch, Stage.VALID)
    for step, margin in ((0, 0.0), (3, 0.3), (5, 0.4), (9, 0.4)):
        brain.optimizer_step = step
        loss = brain.compute_objectives(predictions, batch, Stage.VALID)
        criterion = brain.objectives["nt_xent"].criterion
        crops, _ = predictions.outputs["nt_xent"]
        expected = criterion(*crops, margin=margin)
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


def test_validation_moves_nothing_and_repeats_itself(
    build, validated, copy_of, unchanged
):
    brain, fit = build(epochs=1)
    fit()
    before = copy_of(brain.modules)
    first, second = validated(brain, 1), validated(brain, 7)
    assert first.pop("epoch") == 1 and second.pop("epoch") == 7
    assert first == second
    unchanged(brain.modules, before)


@pytest.mark.parametrize(
    "count, sizes", [(7, [2, 2, 3]), (4, [2, 2]), (6, [3, 3]), (2, [2])]
)
def test_no_utterance_is_validated_alone(build, rows, count, sizes):
    brain, fit = build(epochs=1)
    fit()
    brain.modules.encoder.forward = lambda wavs, *_: wavs.new_ones(len(wavs), 8)
    loader = brain.make_dataloader(
        crop_dataset(rows[:count], brain.crops, brain.views),
        Stage.VALID,
        None,
        batch_size=3,
    )
    brain._fit_valid(loader, 2, enable=False)
    # Of equal embeddings each anchor has the loss log(1 + 2 (n - 1) e^(m / tau))
    losses = [math.log1p(2 * (n - 1) * math.exp(0.1 / 0.2)) for n in sizes]
    assert brain.log.rows[-1]["valid_loss"] == pytest.approx(
        sum(losses) / len(losses), rel=1e-5
    )


def test_starts_from_an_encoder_and_gives_it_back_without_projector(
    build, small_encoder, copy_of, unchanged
):
    brain, _ = build(projector=True)
    other = small_encoder()
    brain.start_from(other.state_dict())
    unchanged(brain.pretrained_encoder(), copy_of(other))


def test_resumed_equals_uninterrupted(build, resumed_run):
    resumed_run(
        build,
        killed=5,
        resumed=5,
        projector=True,
        margin=Cosine(0.0, 0.3, until=0.5),
        run_opts={"ckpt_interval_steps": 1},
    )


def test_half_precision_training_runs_and_learns(build):
    brain, fit = build(epochs=12, run_opts={"precision": "bf16"})
    fit()
    losses = [row["train_loss"] for row in brain.log.rows]
    assert sum(losses[-3:]) / 3 < losses[0] - 0.2


def test_killed_equals_undisturbed(build, killed_run):
    killed_run(build, run_opts={"ckpt_interval_steps": 2})


def test_two_processes_equal_one(build, doubled_run):
    doubled_run(build, 6)
