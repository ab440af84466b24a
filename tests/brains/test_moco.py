"""MoCo training on two dozen short files: queues, key encoder, resuming."""

import pytest
import torch

from sb_contrastive.brains import MoCoBrain
from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.losses import MoCoLoss
from sb_contrastive.queue import KeyQueue
from sb_contrastive.schedules import Cosine

STEPS = 3  # in an epoch, of 6 utterances each


@pytest.fixture
def build(pretraining, small_encoder):
    """Makes a Brain anew, and a function that trains it."""

    def make(projector=False, size=20, **options):
        modules = {"encoder": small_encoder()}
        if projector:
            modules["projector"] = torch.nn.Linear(8, 6)
        options = {
            "modules": modules,
            "loss": MoCoLoss(0.2, 0.1),
            "queue": KeyQueue(size, 6 if projector else 8),
            "key_momentum": Cosine(0.7, 1.0),
            "crops": RandomCrops([2], [0.15], seed=1),
            **options,
        }
        return pretraining(MoCoBrain, **options)

    return make


class RecordingLoss(MoCoLoss):
    """Keeps copies of what it is called with."""

    def forward(self, queries, keys, queue, margin=None, excluded=None, **more):
        if self.training:
            self.calls = [
                *getattr(self, "calls", []),
                (keys.clone(), queue.clone(), margin),
            ]
        return super().forward(queries, keys, queue, margin, excluded, **more)


@pytest.mark.parametrize("projector", [False, True])
def test_a_few_epochs_find_the_other_view(build, rows, projector):
    speakers = {row["ID"]: row["spk_id"] for row in rows[18:]}
    brain, fit = build(
        epochs=12, projector=projector, speakers=speakers, size=12
    )
    fit()
    # The first epoch begins with empty queues, hence with a loss of 0
    losses = [row["train_loss"] for row in brain.log.rows[1:]]
    assert sum(losses[-3:]) / 3 < losses[0] - 0.2
    for row in brain.log.rows:
        assert all(isinstance(v, (int, float)) for v in row.values())
        assert {"positive_cosine", "hit_rate", "speaker_eer"} <= set(row)


def test_each_direction_has_the_earlier_keys_of_its_own_view(build):
    loss = RecordingLoss(0.2)
    brain, fit = build(loss=loss, margin=Cosine(0.0, 0.3))
    fit()
    # Per step: queries 1 against keys 2, then queries 2 against keys 1
    steps = list(zip(loss.calls[0::2], loss.calls[1::2], strict=True))
    assert len(steps) == 3 * STEPS
    for first, view in ((0, 1), (1, 0)):
        earlier = torch.zeros(0, 8)
        for step, calls in enumerate(steps):
            keys, queue, margin = calls[first]
            # No key of this step is in the queue yet, not even the other view's
            assert len(queue) == min(6 * step, 20)
            in_order = sorted(queue.tolist())
            assert in_order == sorted(earlier[-20:].tolist())
            assert margin == Cosine(0.0, 0.3)(step / (3 * STEPS))
            earlier = torch.cat([earlier, keys])
        assert brain.objectives["moco"].queues[view].enqueued == 6 * 3 * STEPS


def test_the_first_step_only_fills_the_queues(build):
    brain, fit = build(epochs=1)
    fit()
    assert brain.history[0][2] == 0
    assert all(loss > 0 for _, _, loss in brain.history[1:])


def test_the_key_encoder_follows_by_the_formula_at_every_step(build, copy_of):
    brain, fit = build(epochs=2, projector=True)
    names = ("encoder", "projector")
    old = {n: copy_of(brain.modules[f"teacher_{n}"].network) for n in names}
    momenta = []

    def check(brain):
        m = Cosine(0.7, 1.0)((brain.optimizer_step - 1) / (2 * STEPS))
        momenta.append(m)
        for name in names:
            network = brain.modules[f"teacher_{name}"].network
            theirs = dict(brain.modules[name].named_parameters())
            for key, mine in network.named_parameters():
                expected = m * old[name][key] + (1 - m) * theirs[key]
                torch.testing.assert_close(mine, expected)
            old[name] = copy_of(network)

    brain.on_step = check
    fit()
    assert len(momenta) == 2 * STEPS and momenta[0] == 0.7


def test_the_optimiser_has_the_queries_side_and_nothing_else(build):
    brain, _ = build(projector=True)
    brain.init_optimizers()
    held = {id(p) for g in brain.optimizer.param_groups for p in g["params"]}
    wanted = [*brain.modules.encoder.parameters()]
    wanted += brain.modules.projector.parameters()
    assert held == {id(p) for p in wanted}


def test_validation_moves_nothing_not_even_the_queues(
    build, validated, copy_of, unchanged
):
    brain, fit = build(epochs=1)
    fit()
    before = copy_of(brain.modules), copy_of(brain.objectives["moco"].queues)
    first, second = validated(brain, 1), validated(brain, 7)
    assert first.pop("epoch") == 1 and second.pop("epoch") == 7
    assert first == second
    unchanged(brain.modules, before[0])
    unchanged(brain.objectives["moco"].queues, before[1])


@pytest.mark.parametrize(
    "size, interval, killed, resumed",
    [
        (100, 0, 5, 3),  # half-filled queues, from the end of an epoch
        (100, 1, 5, 5),  # within it
        (20, 1, 7, 7),  # the ring has gone round
    ],
)
def test_resumed_equals_uninterrupted(
    build, resumed_run, copy_of, unchanged, size, interval, killed, resumed
):
    whole, second = resumed_run(
        build,
        killed,
        resumed,
        size=size,
        projector=True,
        run_opts={"ckpt_interval_steps": interval},
    )
    unchanged(
        second.objectives["moco"].queues,
        copy_of(whole.objectives["moco"].queues),
    )
    assert second.objectives["moco"].queues[0].enqueued == 6 * 3 * STEPS


def test_starts_from_an_encoder_and_gives_the_queries_one_back(
    build, small_encoder, copy_of, unchanged
):
    brain, _ = build(projector=True)
    other = small_encoder()
    brain.start_from(other.state_dict())
    assert brain.pretrained_encoder() is brain.modules.encoder
    unchanged(brain.modules.encoder, copy_of(other))
    unchanged(brain.modules.teacher_encoder.network, copy_of(other))


def test_killed_equals_undisturbed(build, killed_run):
    killed_run(build, run_opts={"ckpt_interval_steps": 2})


def test_two_processes_equal_one(build, doubled_run):
    one = doubled_run(build, 6, projector=True)
    assert one["moco_state"]["queues.0.enqueued"] == 3 * 6  # keys of both
