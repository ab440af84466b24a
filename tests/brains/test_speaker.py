"""Supervised speaker training: the margin, the accuracy, resuming, held-out speakers."""

import functools
import math

import pytest
import torch
from speechbrain import Stage
from speechbrain.lobes.models.ECAPA_TDNN import Classifier
from speechbrain.nnet.losses import AdditiveAngularMargin, LogSoftmaxWrapper
from speechbrain.utils.epoch_loop import EpochCounter

from sb_contrastive.brains import SpeakerBrain
from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.data.views.datasets import crop_dataset
from sb_contrastive.schedules import WarmupCosine
from sb_contrastive.training.checkpoints import AtomicCheckpointer

STEPS = 3  # 15 or more training utterances in batches of 5
# Pitch names the speaker here; the files' own speakers differ in brightness
TRAINED = ["ang", "neu", "sad"]
TARGETS = {name: index for index, name in enumerate(TRAINED)}


class WatchedBrain(SpeakerBrain):
    """Notes what each step gave; can be killed before one."""

    kill_before_step = None

    def fit_batch(self, batch):
        if self.optimizer_step == self.kill_before_step:
            raise InterruptedError
        loss = super().fit_batch(batch)
        self.history = [
            *getattr(self, "history", []),
            (tuple(batch.id), loss.item()),
        ]
        return loss


@pytest.fixture
def build(rows, small_encoder):
    """Makes a Brain anew, and a function that trains it."""

    def make(
        epochs=3, save=None, margin=0.2, interval=0, batch_size=5, **options
    ):
        crops = RandomCrops([1], [0.2], seed=1)
        options = {
            "modules": {"encoder": small_encoder()},
            "opt_class": functools.partial(
                torch.optim.AdamW, weight_decay=0.01
            ),
            "learning_rate": WarmupCosine(0.03),
            "total_steps": epochs * STEPS,
            "run_opts": {
                "noprogressbar": True,
                "ckpt_interval_steps": interval,
                **options.pop("run_opts", {}),
            },
            "checkpointer": AtomicCheckpointer(save) if save else None,
            "classes": TRAINED,
            "classifier": functools.partial(Classifier, input_size=8),
            "loss": LogSoftmaxWrapper(AdditiveAngularMargin(margin, 30)),
            "crops": crops,
            "speakers": {row["ID"]: row["spk_id"] for row in rows[15:]},
            **options,
        }
        brain = WatchedBrain(**options)
        counter = EpochCounter(epochs)
        if save:
            brain.checkpointer.add_recoverable("counter", counter)

        def fit():
            brain.fit(
                counter,
                crop_dataset(rows[:15], crops, brain.views, TARGETS),
                crop_dataset(rows[15:], crops, brain.views),
                train_loader_kwargs={
                    "batch_size": batch_size,
                    "shuffle": True,
                    "drop_last": True,
                },
                valid_loader_kwargs={"batch_size": 4},
            )

        return brain, fit

    return make


def a_batch(brain, rows):
    dataset = crop_dataset(rows, brain.crops, brain.views, TARGETS)
    (batch,) = brain.make_dataloader(
        dataset, Stage.VALID, None, batch_size=len(rows)
    )
    return batch


def test_the_loss_falls_and_the_speakers_are_learnt(build):
    brain, fit = build(epochs=10)
    fit()
    log = brain.log.rows
    assert log[-1]["train_loss"] < 0.3 * log[0]["train_loss"]
    assert log[-1]["train_accuracy"] > 0.9
    assert 0 <= log[-1]["speaker_eer"] <= 1
    assert "valid_loss" not in log[-1]


@pytest.mark.parametrize("margin", [0.0, 0.3])
def test_the_loss_is_the_angular_margin(build, rows, margin):
    brain, _ = build(margin=margin)
    brain.modules.eval()
    batch = a_batch(brain, rows[:5])
    z = brain.compute_forward(batch, Stage.VALID)
    loss = brain.compute_objectives(z, batch, Stage.TRAIN)
    weights = brain.modules.classifier.weight
    total = 0.0
    for i in range(5):
        logits = []
        for c in range(3):
            cosine = torch.cosine_similarity(z[i], weights[c], dim=0).item()
            angle = math.acos(cosine)
            if c == batch.target[i]:
                assert angle + margin < math.pi  # else another branch
                angle += margin
            logits.append(30 * math.cos(angle))
        top = max(logits)
        log_sum = top + math.log(sum(math.exp(x - top) for x in logits))
        total += log_sum - logits[batch.target[i]]
    assert loss.item() == pytest.approx(total / 5, rel=1e-4)


def test_accuracy_is_that_before_the_margin(build, rows):
    brain, _ = build(margin=1.0)
    brain.on_stage_start(Stage.TRAIN, 1)
    brain.modules.eval()
    batch = a_batch(brain, rows)
    z = brain.compute_forward(batch, Stage.VALID)
    brain.compute_objectives(z, batch, Stage.TRAIN)
    z = torch.nn.functional.normalize(z)
    weights = torch.nn.functional.normalize(brain.modules.classifier.weight)
    hits = ((z @ weights.T).argmax(1) == batch.target).double().mean()
    assert 0 < hits < 1, "the network knows all or nothing; nothing is shown"
    accuracy = brain.score.read()["accuracy"]
    assert accuracy == pytest.approx(hits.item())
    brain.compute_objectives(z, batch, Stage.VALID)
    assert brain.score.steps == 0


def test_one_utterance_and_one_speaker_per_batch_are_fine(build, rows):
    brain, _ = build()
    brain.modules.eval()
    batch = a_batch(brain, rows[:1])
    z = brain.compute_forward(batch, Stage.TRAIN)
    loss = brain.compute_objectives(z, batch, Stage.TRAIN)
    loss.backward()
    assert loss.isfinite() and brain.modules.classifier.weight.grad.any()


def test_embeddings_in_evaluation_are_the_encoders_own(build, rows):
    def spoil(*args):
        raise AssertionError("augmented in evaluation")

    brain, fit = build(epochs=2)
    fit()
    before = {k: v.clone() for k, v in brain.modules.state_dict().items()}
    brain.augmentation = spoil
    brain.modules.eval()
    brain.on_stage_start(Stage.VALID, 7)
    batch = a_batch(brain, rows[:4])
    with torch.no_grad():
        z = brain.compute_forward(batch, Stage.VALID)
        loss = brain.compute_objectives(z, batch, Stage.VALID)
        for b, row in enumerate(rows[:4]):
            (crop,) = RandomCrops([1], [0.2], seed=1)(
                row["ID"], row["wav"], row["start"], row["stop"]
            )
            alone = brain.pretrained_encoder()(crop)
            torch.testing.assert_close(z[b], alone[0])
    assert loss == 0
    for name, tensor in brain.modules.state_dict().items():
        assert torch.equal(tensor, before[name]), name


@pytest.mark.parametrize("interval, killed, resumed", [(0, 5, 3), (2, 4, 3)])
def test_resumed_equals_uninterrupted(
    build, tmp_path, interval, killed, resumed
):
    whole, fit = build(save=tmp_path / "whole", interval=interval)
    start = {k: v.clone() for k, v in whole.modules.state_dict().items()}
    fit()
    first, fit = build(save=tmp_path / "cut", interval=interval)
    first.modules.load_state_dict(start)
    first.kill_before_step = killed
    with pytest.raises(InterruptedError):
        fit()
    torch.manual_seed(99)  # a new process: other weights
    second, fit = build(save=tmp_path / "cut", interval=interval)
    fit()
    assert second.history == whole.history[resumed:]
    assert second.log.rows == whole.log.rows
    new = second.modules.state_dict()
    assert all(
        torch.equal(new[k], v) for k, v in whole.modules.state_dict().items()
    )


def test_probes_need_speakers_with_two_utterances(build, rows):
    few = {rows[15]["ID"]: "a", rows[16]["ID"]: "a", rows[17]["ID"]: "b"}
    for speakers, shown in (
        (None, False),
        (few, False),  # b has one
        ({**few, rows[18]["ID"]: "b"}, True),
    ):
        brain, fit = build(epochs=1, speakers=speakers)
        fit()
        assert ("speaker_eer" in brain.log.rows[0]) == shown


def test_augmentation_is_told_the_epoch(build):
    calls = []

    def spy(wavs, ids, views, epoch):
        calls.append((list(views), epoch))
        return wavs

    _, fit = build(epochs=2, augmentation=spy)
    fit()
    assert calls == [([0] * 5, 1)] * STEPS + [([0] * 5, 2)] * STEPS


def test_starting_from_an_encoder_leaves_the_classifier(build):
    brain, _ = build()
    other, _ = build()
    classifier = brain.modules.classifier.weight.clone()
    brain.start_from(other.pretrained_encoder().state_dict())
    for p, q in zip(
        brain.modules.encoder.parameters(), other.modules.encoder.parameters()
    ):
        assert torch.equal(p, q)
    assert torch.equal(brain.modules.classifier.weight, classifier)
    assert not torch.equal(other.modules.classifier.weight, classifier)


def test_half_precision_keeps_the_cosines_exact(build, rows):
    seen = []

    def loss(cosines, targets):
        seen.append(cosines.dtype)
        return LogSoftmaxWrapper(AdditiveAngularMargin(0.2, 30))(
            cosines, targets
        )

    brain, fit = build(epochs=1, loss=loss, run_opts={"precision": "bf16"})
    fit()
    assert set(seen) == {torch.float32}


def test_killed_equals_undisturbed(build, killed_run):
    killed_run(build, interval=2)


def test_two_processes_equal_one(build, doubled_run):
    doubled_run(build, 4)


def test_bf16_is_near(build, near_in_bf16):
    near_in_bf16(build)
