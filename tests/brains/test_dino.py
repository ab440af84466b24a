"""DINO training on two dozen short files, uninterrupted and resumed."""

import functools

import pytest
import torch
from speechbrain import Stage
from speechbrain.utils.checkpoints import Checkpointer
from speechbrain.utils.epoch_loop import EpochCounter

from sb_contrastive import EMATeacher
from sb_contrastive.brains import DINOBrain
from sb_contrastive.data.augmentation import Augmentation
from sb_contrastive.data.crops import RandomCrops
from sb_contrastive.data.datasets import crop_dataset
from sb_contrastive.encoders import DINOHead
from sb_contrastive.evaluation.monitors import (
    prototype_perplexity,
    teacher_entropy,
)
from sb_contrastive.losses import DINOLoss, KoLeoLoss
from sb_contrastive.schedules import Cosine, LinearThenConstant, WarmupCosine

NAMES = ["long", "short"]
BATCH = 5  # 18 training utterances: three batches, three utterances dropped
STEPS = 3  # in an epoch


class Killed(Exception):
    """Stands for the end of the machine."""


class WatchedBrain(DINOBrain):
    """Notes what each step saw and gave; can be killed before a step."""

    kill_before_step = None
    on_step = None

    def fit_batch(self, batch):
        if self.optimizer_step == self.kill_before_step:
            raise Killed
        loss = super().fit_batch(batch)
        self.seen_batches = getattr(self, "seen_batches", [])
        self.seen_batches.append(
            (self.crops.epoch, tuple(batch.id), loss.item())
        )
        if self.on_step is not None:
            self.on_step(self)
        return loss


@pytest.fixture
def build(rows, tiny_encoder):
    """Makes a Brain anew, and a function that trains it."""

    def make(epochs=3, save=None, run_opts=None, augment=False, **options):
        encoder = tiny_encoder()
        head = DINOHead(8, 24, hidden_dim=16, bottleneck_dim=256)
        crops = RandomCrops([2, 3], [0.2, 0.1], seed=1)
        augmentation = None
        if augment:
            augmentation = Augmentation(seed=1)
            augmentation.noises = torch.randn(
                3, 4, 4000, generator=torch.Generator().manual_seed(0)
            )
            augmentation.rooms = torch.eye(3, 400)
        options = {
            "modules": {
                "encoder": encoder,
                "head": head,
                "teacher_encoder": EMATeacher(encoder),
                "teacher_head": EMATeacher(head),
            },
            "loss": DINOLoss(24),
            "opt_class": functools.partial(
                torch.optim.AdamW, weight_decay=0.05
            ),
            "learning_rate": WarmupCosine(0.01, 0.001, warmup=0.2),
            "teacher_momentum": Cosine(0.7, 1.0),
            "teacher_temperature": LinearThenConstant(0.04, 0.07, until=0.5),
            "crops": crops,
            "augmentation": augmentation,
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
            brain.fit(
                counter,
                crop_dataset(rows[:18], crops, NAMES),
                crop_dataset(rows[18:], crops, NAMES),
                train_loader_kwargs={
                    "batch_size": BATCH,
                    "shuffle": True,
                    "drop_last": True,
                },
                valid_loader_kwargs={"batch_size": 4},
            )

        return brain, fit

    return make


def a_batch(brain, rows):
    dataset = crop_dataset(rows, brain.crops, NAMES)
    (batch,) = brain.make_dataloader(
        dataset, Stage.VALID, None, batch_size=len(rows)
    )
    return batch


def test_a_few_epochs_lower_the_loss(build):
    brain, fit = build(epochs=12)
    fit()
    losses = [row["train_loss"] for row in brain.log.rows]
    assert len(losses) == 12
    assert sum(losses[-3:]) / 3 < losses[0] - 0.2
    for row in brain.log.rows:
        assert all(isinstance(v, (int, float)) for v in row.values())
        assert row["kl"] == pytest.approx(
            row["valid_loss"] - row["teacher_entropy"]
        )


def test_monitors_are_those_of_all_outputs_at_once(build, rows):
    brain, _ = build()
    brain.modules.eval()
    brain.on_stage_start(Stage.VALID)
    everything = []
    for some in (rows[:4], rows[4:7]):  # batches of unequal size
        batch = a_batch(brain, some)
        with torch.no_grad():
            predictions = brain.compute_forward(batch, Stage.VALID)
            brain.compute_objectives(predictions, batch, Stage.VALID)
        everything.append(brain.loss.targets(predictions[1], 0.04))
    probabilities = torch.cat(everything, dim=1)  # [G, 7, K]
    figures = brain._monitors(loss=5.0)
    entropy = float(teacher_entropy(probabilities))
    assert float(figures["teacher_entropy"]) == pytest.approx(entropy)
    assert figures["kl"] == pytest.approx(5.0 - entropy)
    assert figures["prototype_perplexity"] == prototype_perplexity(
        probabilities
    )


@pytest.mark.parametrize("batch", [1, 4])
def test_every_crop_goes_through_alone_as_in_the_batch(build, rows, batch):
    brain, _ = build()
    brain.modules.eval()
    batch = a_batch(brain, rows[:batch])
    with torch.no_grad():
        logits, targets, long, embeddings = brain.compute_forward(
            batch, Stage.VALID
        )
        for b in range(len(batch)):
            for v in range(5):
                crop = (
                    batch.long.data[b, v]
                    if v < 2
                    else batch.short.data[b, v - 2]
                )
                student = brain.modules.head(brain.modules.encoder(crop[None]))
                torch.testing.assert_close(logits[v, b], student[0])
                if v < 2:
                    embedding = brain.modules.encoder(crop[None])
                    torch.testing.assert_close(long[v, b], embedding[0])
                    embedding = brain.modules.teacher_encoder(crop[None])
                    teacher = brain.modules.teacher_head(embedding)
                    torch.testing.assert_close(embeddings[v, b], embedding[0])
                    torch.testing.assert_close(targets[v, b], teacher[0])
    assert len(logits) == 5 and len(targets) == 2


def test_the_objective_gets_its_scheduled_temperature(build, rows):
    brain, _ = build()
    brain.modules.eval()
    brain.on_stage_start(Stage.VALID, 1)
    batch = a_batch(brain, rows[:4])
    predictions = brain.compute_forward(batch, Stage.VALID)
    for step, temperature in ((0, 0.04), (2, 0.04 + 0.03 * 4 / 9), (9, 0.07)):
        brain.optimizer_step = step
        loss = brain.compute_objectives(predictions, batch, Stage.VALID)
        expected = brain.loss(*predictions[:2], temperature)
        assert loss.item() == pytest.approx(expected.item(), rel=1e-6)


def test_the_spread_of_the_students_long_crops_is_added_in_training(
    build, rows
):
    plain, _ = build()
    spread, _ = build(spread=KoLeoLoss(), spread_weight=0.3)
    batch = a_batch(plain, rows[:4])
    for stage, weight in ((Stage.TRAIN, 0.3), (Stage.VALID, 0.0)):
        plain.on_stage_start(stage, 1)
        spread.on_stage_start(stage, 1)
        # The centre moves at each look
        before = {k: v.clone() for k, v in plain.loss.state_dict().items()}
        predictions = plain.compute_forward(batch, stage)
        expected = plain.compute_objectives(predictions, batch, stage)
        for crop in predictions[2]:
            expected = expected + weight * KoLeoLoss()(crop) / 2
        spread.loss.load_state_dict(before)
        given = spread.compute_objectives(predictions, batch, stage)
        torch.testing.assert_close(given, expected)


def test_augmentation_is_told_which_crop_is_which(build, rows):
    calls = []

    def spy(wavs, ids, views, epoch):
        calls.append((wavs.clone(), list(ids), list(views), epoch))
        return wavs

    brain, _ = build(augmentation=spy)
    brain.on_stage_start(Stage.TRAIN, 3)
    batch = a_batch(brain, rows[:4])
    brain._views(batch, Stage.VALID)
    assert not calls
    brain._views(batch, Stage.TRAIN)
    by_id = {row["ID"]: row for row in rows}
    seen = set()
    for (wavs, ids, views, epoch), count in zip(calls, (2, 3), strict=True):
        assert epoch == 3
        assert len(wavs) == len(ids) == len(views) == 4 * count
        for wav, name, view in zip(wavs, ids, views):
            row = by_id[name]
            groups = brain.crops(name, row["wav"], row["start"], row["stop"])
            expected = groups[0][view] if view < 2 else groups[1][view - 2]
            assert torch.equal(wav, expected)
            seen.add((name, view))
    assert len(seen) == 4 * 5  # no crop shares its randomness with another


def test_the_teacher_follows_by_the_formula_at_every_step(build, copy_of):
    brain, fit = build(epochs=2)
    pairs = (("encoder", "teacher_encoder"), ("head", "teacher_head"))
    old = {t: copy_of(brain.modules[t].network) for _, t in pairs}
    momenta = []

    def check(brain):
        m = Cosine(0.7, 1.0)((brain.optimizer_step - 1) / (2 * STEPS))
        momenta.append(m)
        for student, teacher in pairs:
            theirs = dict(brain.modules[student].named_parameters())
            for name, mine in brain.modules[teacher].network.named_parameters():
                expected = m * old[teacher][name] + (1 - m) * theirs[name]
                torch.testing.assert_close(mine, expected)
            old[teacher] = copy_of(brain.modules[teacher].network)

    brain.on_step = check
    fit()
    assert len(momenta) == 2 * STEPS and momenta[0] == 0.7


def test_the_teacher_keeps_its_own_batch_norm_statistics(build):
    brain, fit = build(epochs=1)
    fit()
    mine = dict(brain.modules.teacher_encoder.network.named_buffers())
    theirs = dict(brain.modules.encoder.named_buffers())
    names = [n for n in mine if n.endswith("running_mean")]
    assert names
    for name in names:
        # Long crops only, once a step; the student has two passes
        assert not torch.equal(mine[name], theirs[name])
        counter = name.replace("running_mean", "num_batches_tracked")
        assert mine[counter] == STEPS and theirs[counter] == 2 * STEPS


def test_prototypes_stay_until_they_are_released(build):
    brain, fit = build(epochs=3, freeze_prototypes=0.5)  # 4.5 of 9 steps
    first = brain.modules.head.prototypes.detach().clone()
    same = []
    brain.on_step = lambda b: same.append(
        torch.equal(b.modules.head.prototypes, first)
    )
    fit()
    # Progress is 4/9 at the fifth step and 5/9 at the sixth
    assert same == [True] * 5 + [False] * 4


def test_validation_moves_nothing_and_repeats_itself(build, rows, copy_of):
    brain, fit = build(epochs=1)
    fit()
    before = copy_of(brain.modules), copy_of(brain.loss)
    assert brain.loss.center.abs().sum() > 0
    losses = []
    loader = {"batch_size": 4, "ckpt_prefix": None}
    for epoch in (1, 7):
        brain._fit_valid(
            brain.make_dataloader(
                crop_dataset(rows[18:], brain.crops, NAMES),
                Stage.VALID,
                **loader,
            ),
            epoch,
            enable=False,
        )
        losses.append(brain.log.rows[-1]["valid_loss"])
    assert losses[0] == losses[1]
    for old, module in zip(before, (brain.modules, brain.loss)):
        for name, tensor in module.state_dict().items():
            assert torch.equal(tensor, old[name]), name


def test_weight_decay_acts_on_matrices_only(build):
    brain, _ = build(
        opt_class=functools.partial(torch.optim.SGD, weight_decay=0.1),
    )
    brain.init_optimizers()
    trained = [*brain.modules.encoder.named_parameters()]
    trained += brain.modules.head.named_parameters()
    before = [p.detach().clone() for _, p in trained]
    for _, p in trained:
        p.grad = torch.zeros_like(p)
    brain.optimizer.param_groups[0]["lr"] = 1.0
    brain.optimizer.param_groups[1]["lr"] = 1.0
    brain.optimizer.step()
    for (name, p), old in zip(trained, before):
        expected = 0.9 * old if p.dim() > 1 else old
        torch.testing.assert_close(p, expected, msg=name)


def test_the_optimiser_has_the_student_and_nothing_else(build):
    brain, _ = build()
    brain.init_optimizers()
    held = [p for g in brain.optimizer.param_groups for p in g["params"]]
    student = [
        *brain.modules.encoder.parameters(),
        *brain.modules.head.parameters(),
    ]
    assert len(held) == len(student)
    assert {id(p) for p in held} == {id(p) for p in student}


def test_every_group_is_clipped_by_the_norm_of_all(build):
    norms = []

    class Watched(torch.optim.SGD):
        def step(self, closure=None):
            groups = [
                torch.stack(
                    [p.grad.norm() for p in g["params"] if p.grad is not None]
                )
                for g in self.param_groups
            ]
            norms.append([g.norm().item() for g in groups])
            return super().step(closure)

    brain, fit = build(
        epochs=1, opt_class=Watched, run_opts={"max_grad_norm": 1e-3}
    )
    fit()
    assert len(norms) == STEPS
    for matrices, vectors in norms:
        assert matrices > 0 and vectors > 0
        assert (matrices**2 + vectors**2) ** 0.5 == pytest.approx(
            1e-3, rel=1e-3
        )


def test_clipping_keeps_the_direction(build, rows):
    brain, _ = build(
        opt_class=torch.optim.SGD, run_opts={"max_grad_norm": 1e-3}
    )
    brain.init_optimizers()
    (group, other) = (g["params"] for g in brain.optimizer.param_groups)
    every = [*group, *other]
    slopes = [torch.randn_like(p) for p in every]
    for p, slope in zip(every, slopes):
        p.grad = slope.clone()
    before = [p.detach().clone() for p in every]
    for g in brain.optimizer.param_groups:
        g["lr"] = 1.0
    brain.optimizers_step()
    norm = torch.cat([s.flatten() for s in slopes]).norm()
    for p, old, slope in zip(every, before, slopes):
        torch.testing.assert_close(p.detach(), old - 1e-3 * slope / norm)


def test_the_learning_rate_is_that_of_the_step(build):
    rates = []
    brain, fit = build(epochs=2)
    brain.on_step = lambda b: rates.append(
        [g["lr"] for g in b.optimizer.param_groups]
    )
    fit()
    schedule = WarmupCosine(0.01, 0.001, warmup=0.2)
    assert rates == [[schedule(i / 6)] * 2 for i in range(6)]


def test_speakers_only_add_figures_to_the_log(build, rows, copy_of):
    plain, fit_plain = build(epochs=1)
    torch.manual_seed(0)
    told, fit_told = build(
        epochs=1, speakers={row["ID"]: row["spk_id"] for row in rows[18:]}
    )
    told.modules.load_state_dict(plain.modules.state_dict())
    fit_plain()
    fit_told()
    assert "speaker_eer" not in plain.log.rows[0]
    assert 0 <= told.log.rows[0]["speaker_eer"] <= 1
    new = told.modules.state_dict()
    assert all(
        torch.equal(v, new[k]) for k, v in copy_of(plain.modules).items()
    )


@pytest.mark.parametrize(
    "interval, killed, resumed",
    [
        (0, 3, 3),  # at the end of an epoch
        (0, 5, 3),  # within the second epoch, which starts again
        (1, 5, 5),  # within it, with a checkpoint at each step
        (2, 5, 5),
        (2, 4, 3),  # a step is lost, and done again
    ],
)
def test_resumed_equals_uninterrupted(
    build, tmp_path, copy_of, interval, killed, resumed
):
    options = {
        "augment": True,
        "freeze_prototypes": 0.2,
        "run_opts": {"ckpt_interval_steps": interval},
    }
    whole, fit = build(save=tmp_path / "whole", **options)
    start = copy_of(whole.modules)
    fit()
    first, fit = build(save=tmp_path / "cut", **options)
    first.modules.load_state_dict(start)
    first.kill_before_step = killed
    with pytest.raises(Killed):
        fit()
    # A new process: other weights, another state of the global generators
    torch.manual_seed(99)
    second, fit = build(save=tmp_path / "cut", **options)
    fit()
    assert second.seen_batches == whole.seen_batches[resumed:]
    assert first.seen_batches == whole.seen_batches[:killed]
    for mine, theirs in (
        (second.modules, whole.modules),
        (second.loss, whole.loss),
    ):
        expected = theirs.state_dict()
        for name, tensor in mine.state_dict().items():
            assert torch.equal(tensor, expected[name]), name
    assert second.loss.center.abs().sum() > 0
    assert second.log.rows == whole.log.rows
    assert len(whole.log.rows) == 3
    assert second.optimizer_step == whole.optimizer_step == 3 * STEPS


def test_a_finished_run_trains_no_further(build, tmp_path, copy_of):
    first, fit = build(save=tmp_path)
    fit()
    again, fit = build(save=tmp_path)
    fit()
    assert not hasattr(again, "seen_batches")
    new = again.modules.state_dict()
    assert all(
        torch.equal(v, new[k]) for k, v in copy_of(first.modules).items()
    )
    assert again.log.rows == first.log.rows


def test_a_checkpoint_that_was_cut_off_is_passed_over(build, tmp_path):
    first, fit = build(save=tmp_path, run_opts={"ckpt_interval_steps": 1})
    first.kill_before_step = 5
    with pytest.raises(Killed):
        fit()
    newest = first.checkpointer.find_checkpoint()
    newest.paramfiles["optimizer"].unlink()
    second, fit = build(save=tmp_path)
    fit()
    assert second.seen_batches[0][0] == 2  # epoch 2, from its beginning
    assert len(second.log.rows) == 3


def test_each_epoch_and_utterance_has_crops_of_its_own(build):
    brain, fit = build(epochs=3)
    fit()
    epochs = [epoch for epoch, _, _ in brain.seen_batches]
    assert epochs == [1] * STEPS + [2] * STEPS + [3] * STEPS
    orders = [
        [i for e, ids, _ in brain.seen_batches if e == epoch for i in ids]
        for epoch in (1, 2, 3)
    ]
    assert len({tuple(order) for order in orders}) == 3
    for order in orders:
        assert len(order) == len(set(order)) == BATCH * STEPS


def test_the_teacher_is_what_is_kept(build):
    brain, _ = build()
    assert brain.pretrained_encoder() is brain.modules.teacher_encoder.network


def test_a_loss_that_is_not_finite_stops_and_names_the_utterances(build):
    def spoil(wavs, ids, views, epoch):
        return wavs * float("nan")

    brain, fit = build(augmentation=spoil)
    with pytest.raises(ValueError, match=r"utt\d\d"):
        fit()
    # Before the step, so that no weight is spoilt
    for name, p in brain.modules.named_parameters():
        assert p.isfinite().all(), name


def test_half_precision_training_runs_and_learns(build):
    brain, fit = build(epochs=12, run_opts={"precision": "bf16"})
    fit()
    losses = [row["train_loss"] for row in brain.log.rows]
    assert sum(losses[-3:]) / 3 < losses[0] - 0.2
    # Teacher weights stay in float32, or its small steps would vanish
    for p in brain.modules.parameters():
        assert p.dtype == torch.float32
    assert brain.loss.center.dtype == torch.float32
