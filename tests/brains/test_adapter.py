"""Adapter training on frames of a few hidden states: updates in order, collapse, resuming."""

import functools
import math

import pytest
import torch
from speechbrain import Stage
from speechbrain.dataio.dataset import DynamicItemDataset
from speechbrain.utils.epoch_loop import EpochCounter

from sb_contrastive import EMATeacher
from sb_contrastive.adapter import (
    AdapterEncoder,
    AdapterObjective,
    AttributeHead,
    FrameMasking,
    MaskVector,
    OnlineCodebook,
    PeriodicKMeans,
    PrototypeDistillationLoss,
    WAPTransformer,
    distillation_head,
    prediction_head,
)
from sb_contrastive.brains import AdapterBrain, ClassificationBrain
from sb_contrastive.encoders import AttentivePooling, DINOHead
from sb_contrastive.schedules import LinearThenConstant, WarmupCosine
from sb_contrastive.training.checkpoints import AtomicCheckpointer

D, K, STEPS = 12, 8, 3  # 18 training utterances in batches of 6


class Killed(Exception):
    """Stands for the end of the machine."""


class WatchedBrain(AdapterBrain):
    """Notes what each step saw and gave; can be killed before a step."""

    kill_before_step = None
    on_step = None

    def fit_batch(self, batch):
        if self.optimizer_step == self.kill_before_step:
            raise Killed
        loss = super().fit_batch(batch)
        self.history = [
            *getattr(self, "history", []),
            (self.masking.epoch, tuple(batch.id), loss.item()),
        ]
        if self.on_step is not None:
            self.on_step(self)
        return loss


def dataset(start, count):
    """Utterances of 20 to 43 frames; each frame is one of five states that last
    six frames and follow in turn, plus what is the speaker's, plus noise."""
    generator = torch.Generator().manual_seed(start)
    states = torch.randn(5, D, generator=torch.Generator().manual_seed(0))
    items = {}
    for i in range(start, start + count):
        T = 20 + i
        first = torch.randint(30, (), generator=generator)
        frames = 2 * states[(first + torch.arange(T)) // 6 % 5]
        noise = torch.randn(T, D, generator=generator)
        speaker = torch.randn(D, generator=generator)
        items[f"utt{i:02d}"] = {"features": frames + speaker + 0.3 * noise}
    return DynamicItemDataset(items, output_keys=["id", "features"])


@pytest.fixture
def build():
    """Makes a Brain anew, and a function that trains it."""

    def make(
        epochs=2,
        save=None,
        attributes=None,
        dropout=0.1,
        run_opts=None,
        modules=None,
        objective=None,
        kernel=8,
        batch_size=6,
        **options,
    ):
        positions = {"position_kernel": kernel, "position_groups": 2}
        adapter = WAPTransformer(
            D, 8, heads=2, feedforward=16, dropout=dropout, **positions
        )
        attributes = attributes or OnlineCodebook(K, 8, fit_frames=200)
        options = {
            "modules": {
                "adapter": adapter,
                "teacher": EMATeacher(adapter, buffers="copy"),
                "mask_vector": MaskVector(D),
                "predictor": prediction_head(8),
                "distiller": distillation_head(8),
                "attribute_head": AttributeHead(8, K),
                **(modules or {}),
            },
            "encoder": AdapterEncoder(adapter, AttentivePooling(8, 4), 0.2),
            "objective": AdapterObjective(
                **{"attributes": attributes, **(objective or {})}
            ),
            "masking": FrameMasking(span=3, seed=1),
            "opt_class": functools.partial(
                torch.optim.AdamW, weight_decay=0.01
            ),
            "learning_rate": WarmupCosine(0.01, warmup=0.1),
            "teacher_momentum": LinearThenConstant(0.9, 0.99, until=0.5),
            "total_steps": epochs * STEPS,
            "run_opts": {"noprogressbar": True, **(run_opts or {})},
            "checkpointer": AtomicCheckpointer(save) if save else None,
            **options,
        }
        brain = WatchedBrain(**options)
        counter = EpochCounter(epochs)
        if save:
            brain.checkpointer.add_recoverable("counter", counter)

        def fit():
            brain.fit(
                counter,
                dataset(0, 18),
                dataset(18, 6),
                train_loader_kwargs={
                    "batch_size": batch_size,
                    "shuffle": True,
                    "drop_last": True,
                },
                valid_loader_kwargs={"batch_size": 4},
            )

        return brain, fit

    return make


def a_batch(brain, count=4):
    (batch,) = brain.make_dataloader(
        dataset(0, count), Stage.VALID, None, batch_size=count
    )
    return batch


def test_it_learns_the_local_attributes_of_masked_frames(build):
    brain, fit = build(
        epochs=14, dropout=0.0, learning_rate=WarmupCosine(0.01, warmup=0.1)
    )
    fit()
    first, last = brain.log.rows[0], brain.log.rows[-1]
    assert last["train_loss"] < first["train_loss"] - 0.5
    assert last["mask_prediction"] < 0.9  # 1: the mean frame for each
    assert last["attribute_accuracy"] > 3 / K
    assert last["codebook_perplexity"] > 0.3 * K
    for row in brain.log.rows:
        assert all(isinstance(v, (int, float)) for v in row.values())
        total = sum(
            row[name]
            for name in (
                "mask_prediction",
                "self_distillation",
                "local_attributes",
            )
        )
        assert row["valid_loss"] == pytest.approx(total, rel=1e-4)
        weights = [row[f"layer_weight_{i}"] for i in (1, 2, 3)]
        assert sum(weights) == pytest.approx(1, abs=1e-5)


def test_the_teacher_follows_then_the_codebook(build, copy_of):
    brain, fit = build(epochs=2)
    old, momenta, order = copy_of(brain.modules.teacher.network), [], []
    attributes = brain.objective.attributes
    for name, owner, method in (
        ("optimiser", brain, "optimizers_step"),
        ("teacher", brain.modules.teacher, "update"),
        ("codebook", attributes, "update"),
    ):

        def noted(*args, name=name, call=getattr(owner, method), **kwargs):
            order.append(name)
            return call(*args, **kwargs)

        # Past torch.nn.Module, which takes no functions
        object.__setattr__(owner, method, noted)

    def check(brain):
        m = LinearThenConstant(0.9, 0.99, until=0.5)(
            (brain.optimizer_step - 1) / (2 * STEPS)
        )
        momenta.append(m)
        theirs = dict(brain.modules.adapter.named_parameters())
        for name, mine in brain.modules.teacher.network.named_parameters():
            expected = m * old[name] + (1 - m) * theirs[name]
            torch.testing.assert_close(mine, expected)
        old.update(copy_of(brain.modules.teacher.network))

    brain.on_step = check
    fit()
    assert len(momenta) == 2 * STEPS and momenta[0] == 0.9
    assert order == ["optimiser", "teacher", "codebook"] * 2 * STEPS


def test_the_teacher_sees_all_frames_without_dropout(build):
    brain, _ = build(dropout=0.5)
    brain.init_optimizers()
    brain.modules.train()
    batch = a_batch(brain)
    brain.on_stage_start(Stage.TRAIN, 1)
    brain.on_fit_batch_start(batch, True)
    frames = brain.compute_forward(batch, Stage.TRAIN)
    again = brain.modules.teacher.network.eval()(frames.features, frames.valid)
    torch.testing.assert_close(frames.teacher, again)
    assert frames.masked.any() and not (frames.masked & ~frames.valid).any()
    assert frames.student.requires_grad and not frames.teacher.requires_grad
    assert brain.modules.adapter.training


def test_every_utterance_goes_through_alone_as_in_the_batch(build):
    brain, _ = build()
    brain.modules.eval()
    brain.on_stage_start(Stage.VALID, 1)
    together = brain.compute_forward(a_batch(brain), Stage.VALID)
    loader = brain.make_dataloader(dataset(0, 4), Stage.VALID, None)
    for row, batch in enumerate(loader):
        alone = brain.compute_forward(batch, Stage.VALID)
        T = 20 + row
        for name in ("student", "teacher", "masked"):
            whole, one = getattr(together, name), getattr(alone, name)
            torch.testing.assert_close(
                whole[row, :T], one[0], rtol=1e-4, atol=1e-5, msg=name
            )


def test_masks_differ_by_epoch_and_repeat_in_validation(build):
    brain, _ = build()
    masks = []
    for stage, epoch in (
        (Stage.TRAIN, 1),
        (Stage.TRAIN, 2),
        (Stage.VALID, 1),
        (Stage.VALID, 2),
    ):
        brain.on_stage_start(stage, epoch)
        masks.append(brain.compute_forward(a_batch(brain), stage).masked)
    assert not torch.equal(masks[0], masks[1])
    assert torch.equal(masks[2], masks[3])


def test_validation_moves_nothing_and_repeats_itself(build, copy_of):
    brain, fit = build(epochs=1)
    fit()
    before = copy_of(brain.modules), copy_of(brain.objective)
    losses = []
    for epoch in (1, 7):
        loader = brain.make_dataloader(
            dataset(18, 6), Stage.VALID, None, batch_size=4
        )
        brain._fit_valid(loader, epoch, enable=False)
        losses.append(brain.log.rows[-1]["valid_loss"])
    assert losses[0] == losses[1]
    for old, module in zip(before, (brain.modules, brain.objective)):
        for name, tensor in module.state_dict().items():
            assert torch.equal(tensor, old[name]), name


@pytest.mark.parametrize("weights", ["mask_prediction", "self_distillation"])
def test_without_local_attributes_nothing_is_clustered(build, weights):
    others = dict.fromkeys(
        ("mask_prediction", "self_distillation", "local_attributes"), 0.0
    )
    brain, fit = build(
        epochs=1, objective={"weights": {**others, weights: 1.0}}
    )
    fit()
    assert int(brain.objective.attributes.fitted) == 0
    assert "codebook_perplexity" not in brain.log.rows[0]
    assert weights in brain.log.rows[0]


@pytest.mark.parametrize(
    "kind, interval, killed, resumed",
    [
        ("online", 0, 5, 3),  # within the second epoch, which starts again
        ("online", 1, 5, 5),  # within it, with a checkpoint at each step
        ("periodic", 0, 3, 3),  # at the end of an epoch, before a new fit
        ("periodic", 2, 5, 5),
        ("dino", 2, 5, 5),
    ],
)
def test_resumed_equals_uninterrupted(
    build, tmp_path, copy_of, kind, interval, killed, resumed
):
    def make(folder):
        options = {"run_opts": {"ckpt_interval_steps": interval}}
        if kind == "periodic":
            options["attributes"] = PeriodicKMeans(
                K, 8, every=1, fit_frames=200, starts=1
            )
        if kind == "dino":
            head = DINOHead(8, 16, 8, 4, batch_norm=False)
            options["modules"] = {
                "distiller": head,
                "teacher_distiller": EMATeacher(head, buffers="copy"),
            }
            options["objective"] = {
                "distil_level": "dino",
                "prototype_loss": PrototypeDistillationLoss(16),
            }
        return build(save=tmp_path / folder, **options)

    whole, fit = make("whole")
    start = copy_of(whole.modules)
    fit()
    first, fit = make("cut")
    first.modules.load_state_dict(start)
    first.kill_before_step = killed
    with pytest.raises(Killed):
        fit()
    # A new process: other weights, another state of the global generators
    torch.manual_seed(99)
    second, fit = make("cut")
    fit()
    assert second.history == whole.history[resumed:]
    assert first.history == whole.history[:killed]
    for mine, theirs in (
        (second.modules, whole.modules),
        (second.objective, whole.objective),
    ):
        expected = theirs.state_dict()
        for name, tensor in mine.state_dict().items():
            assert torch.equal(tensor, expected[name]), name
    assert second.log.rows == whole.log.rows
    assert second.objective.attributes.perplexity() > 1


def test_a_collapse_stops_the_run_and_says_so(build):
    brain, fit = build(epochs=2, check_from=0.6, least_target_std=1.5)
    with pytest.raises(RuntimeError, match="collapsed: target_std"):
        fit()
    assert len(brain.log.rows) == 1  # it may do as it likes until 0.6


@pytest.mark.parametrize("keep", ["teacher", "student"])
def test_what_is_kept_is_an_encoder_of_the_adapter_asked_for(build, keep):
    brain, fit = build(epochs=1, keep=keep)
    fit()
    kept = brain.pretrained_encoder()
    source = brain.modules.adapter
    if keep == "teacher":
        source = brain.modules.teacher.network
    for name, tensor in source.state_dict().items():
        assert torch.equal(kept.adapter.state_dict()[name], tensor)
    assert kept(torch.randn(2, 9, D)).shape == (2, 16)
    other, _ = build()
    other.start_from(kept.state_dict())
    for network in (other.modules.adapter, other.modules.teacher.network):
        for name, tensor in source.state_dict().items():
            assert torch.equal(network.state_dict()[name], tensor)


def test_the_optimiser_has_the_student_and_its_heads(build):
    brain, _ = build()
    brain.init_optimizers()
    held = {id(p) for g in brain.optimizer.param_groups for p in g["params"]}
    teacher = {id(p) for p in brain.modules.teacher.parameters()}
    every = {id(p) for p in brain.modules.parameters()}
    assert held == every - teacher
    decayed = {id(p) for p in brain.optimizer.param_groups[0]["params"]}
    assert id(brain.modules.adapter.weights) not in decayed
    assert id(brain.modules.mask_vector.vector) not in decayed


def test_speakers_only_add_figures_to_the_log(build):
    speakers = {f"utt{i}": f"spk{i % 2}" for i in range(18, 24)}
    brain, fit = build(epochs=1, speakers=speakers)
    fit()
    assert 0 <= brain.log.rows[0]["speaker_eer"] <= 1


def test_half_precision_training_runs_and_learns(build):
    brain, fit = build(epochs=6, run_opts={"precision": "bf16"})
    fit()
    losses = [row["train_loss"] for row in brain.log.rows]
    assert losses[-1] < losses[0] - 0.3
    assert all(math.isfinite(loss) for loss in losses)
    for p in [*brain.modules.parameters(), *brain.objective.buffers()]:
        assert p.dtype in (torch.float32, torch.int64)


def test_an_adapter_that_cannot_tell_masked_frames_apart_is_refused(build):
    with pytest.raises(ValueError, match="position_kernel"):
        build(kernel=0)
    distil = {"mask_prediction": 0.0, "local_attributes": 0.0}
    build(kernel=0, objective={"weights": distil})


def test_an_unknown_adapter_to_keep_is_refused(build):
    with pytest.raises(ValueError, match="teacher, student.*'teacher'"):
        build(keep="teachr")


CLASSES = ["low", "high"]


def labelled(start, count):
    """Which of the five states are loud tells the class."""
    generator = torch.Generator().manual_seed(start)
    loud = torch.randn(2, D, generator=torch.Generator().manual_seed(5))
    items = {}
    for i in range(start, start + count):
        T = 20 + i
        frames = torch.randn(T, D, generator=generator)
        frames[:: 4 + i % 3] += 2 * loud[i % 2]
        items[f"utt{i:02d}"] = {"features": frames.half(), "target": i % 2}
    return DynamicItemDataset(items, output_keys=["id", "features", "target"])


@pytest.fixture
def classifier(build):
    """Stage 2: the adapter as an encoder under the classification Brain."""

    def make(trainable="all", **options):
        brain, _ = build()
        encoder = brain.pretrained_encoder()
        return ClassificationBrain(
            {
                "encoder": encoder,
                "classifier": torch.nn.Linear(encoder.embedding_dim, 2),
            },
            functools.partial(torch.optim.AdamW, weight_decay=0.01),
            WarmupCosine(0.02),
            total_steps=30,
            classes=CLASSES,
            trainable=trainable,
            run_opts={"noprogressbar": True},
            **options,
        )

    return make


def fit_classifier(brain):
    brain.fit(
        EpochCounter(10),
        labelled(0, 18),
        labelled(18, 6),
        train_loader_kwargs={"batch_size": 6, "shuffle": True},
        valid_loader_kwargs={"batch_size": 4},
    )


def test_the_adapter_is_fine_tuned_on_whole_features(classifier):
    brain = classifier()
    fit_classifier(brain)
    assert brain.log.rows[-1]["valid_UA"] > 0.8
    posteriors = []
    for batch_size in (6, 4, 1):
        brain.evaluate(
            labelled(18, 6), test_loader_kwargs={"batch_size": batch_size}
        )
        posteriors.append(torch.tensor(brain.posteriors))
    for some in posteriors:
        torch.testing.assert_close(some, posteriors[-1], rtol=1e-4, atol=1e-5)


def test_a_probe_trains_the_pooling_and_the_classifier_alone(
    classifier, copy_of
):
    brain = classifier(trainable="affine")
    before = copy_of(brain.modules)
    fit_classifier(brain)
    for name, tensor in brain.modules.state_dict().items():
        stays = name.startswith("encoder.adapter.")
        assert torch.equal(tensor, before[name]) == stays, name


def test_what_is_pretrained_learns_at_a_share_of_the_rate(classifier):
    brain = classifier(encoder_rate=0.2)
    fit_classifier(brain)
    rates = {
        id(p): group["lr"]
        for group in brain.optimizer.param_groups
        for p in group["params"]
    }
    full = WarmupCosine(0.02)(29 / 30)
    for name, p in brain.modules.named_parameters():
        share = 0.2 if name.startswith("encoder.adapter.") else 1.0
        assert rates[id(p)] == pytest.approx(share * full), name
    for group in brain.optimizer.param_groups:
        matrices = all(p.dim() > 1 for p in group["params"])
        assert group["weight_decay"] == (0.01 if matrices else 0.0)
    with pytest.raises(ValueError, match="encoder_rate is a share"):
        classifier(encoder_rate=0.0)


@pytest.mark.parametrize("kind", ["online", "periodic"])
def test_killed_equals_undisturbed(build, killed_run, kind):
    def anew(**options):
        attributes = None
        if kind == "periodic":
            attributes = PeriodicKMeans(K, 8, every=1, fit_frames=200, starts=1)
        return build(attributes=attributes, **options)

    killed_run(anew, run_opts={"ckpt_interval_steps": 2})


@pytest.mark.parametrize("kind", ["online", "periodic"])
def test_two_processes_equal_one(build, doubled_run, kind):
    def anew(**options):
        attributes = OnlineCodebook(K, 8, fit_frames=200, dead_after=2)
        if kind == "periodic":
            attributes = PeriodicKMeans(K, 8, every=1, fit_frames=200, starts=1)
        return build(attributes=attributes, dropout=0.0, **options)

    one = doubled_run(anew, 6)
    assert one["objective"]["attributes.centroids"].abs().sum() > 0


def test_bf16_is_near(build, near_in_bf16):
    near_in_bf16(build)
