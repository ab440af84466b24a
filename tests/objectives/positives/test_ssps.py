"""SSPS draws targets of neighbouring clusters, in the same way in every run."""

import pytest
import torch
from torch.nn.functional import normalize

from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.losses import NTXentLoss
from sb_contrastive.objectives import (
    SSPS,
    ClusteredMemory,
    Moment,
    NTXent,
    SpeakerGroups,
)
from sb_contrastive.objectives.objective import Embeddings
from sb_contrastive.queue import recording_ids
from sb_contrastive.schedules import Constant
from sb_contrastive.utterance_memory import UtteranceMemory

NAMES = [f"{speaker}{n}" for n in range(8) for speaker in "abcde"]
ROWS = [{"ID": name, "spk_id": name[0]} for name in NAMES]


def embeddings(noise, seed=0):
    """One direction for each speaker [V, B, D]."""
    generator = torch.Generator().manual_seed(seed)
    z = torch.eye(8)[[ord(name[0]) - ord("a") for name in NAMES]]
    return z + noise * torch.randn(2, len(NAMES), 8, generator=generator)


def groups(clusters):
    memory = UtteranceMemory(None, 8, views=1)
    return ClusteredMemory(memory, clusters, seed=1)


def filled(ssps, noise=0.1):
    """After the epoch that fills memory and queue, at the first that uses them."""
    ssps.prepare(ROWS, targets=2, crops=None)
    ssps.begin_epoch(1, epochs=4)
    assert ssps.filling and not ssps.active
    for part in range(0, len(NAMES), 10):
        names, rows = NAMES[part : part + 10], slice(part, part + 10)
        z = embeddings(noise)[:, rows]
        reference = None if ssps.uses_labels else z[0]
        ssps.note(Moment(0.0, 0, 1, names), z, reference)
    ssps.begin_epoch(2, epochs=4)
    assert ssps.filling and ssps.active
    return ssps


def drawn_names(ssps, names=NAMES, epoch=2):
    own = torch.zeros(2, len(names), 8)
    drawn = ssps.draw(Moment(0.0, 0, epoch, names), own)
    stored = {tuple(z.tolist()): n for z, n in zip(embeddings(0.1)[1], NAMES)}
    return [
        stored[tuple(z.tolist())] if found else None
        for z, found in zip(drawn.targets[1], drawn.found)
    ]


def test_with_a_good_encoder_positives_are_of_the_same_speaker():
    names = drawn_names(filled(SSPS(groups(5), 8, window=0, begins=0.0)))
    same = [a[0] == b[0] for a, b in zip(NAMES, names) if b is not None]
    assert sum(same) / len(NAMES) > 0.95
    assert all(a != b for a, b in zip(NAMES, names))


def test_one_cluster_makes_random_positives():
    for window in (0, 1):  # one cluster has no neighbours
        names = drawn_names(filled(SSPS(groups(1), 8, window, begins=0.0)))
        assert None not in names and len({*names}) > len(NAMES) / 3
        assert all(a != b for a, b in zip(NAMES, names))


def test_the_draw_is_the_one_that_is_written_down():
    ssps = filled(SSPS(groups(7), 8, window=2, begins=0.0, seed=5))
    centroids = ssps.groups.centroids[0]
    cluster = dict(zip(NAMES, ssps.groups.assignments[0].tolist()))
    cosines = centroids @ centroids.T
    for name, found in zip(NAMES, drawn_names(ssps, epoch=3)):
        first, second = keyed_generator(5, 3, name, "positive").random(2)
        own = cluster[name]
        others = [k for k in range(7) if k != own]
        nearest = sorted(others, key=lambda k: -cosines[own, k])[:2]
        chosen = nearest[int(2 * first)]
        members = [n for n in NAMES if cluster[n] == chosen]
        expected = members[int(second * len(members))] if members else None
        assert found == expected


def test_neither_order_nor_company_changes_a_draw():
    ssps = filled(SSPS(groups(7), 8, begins=0.0))
    names = dict(zip(NAMES, drawn_names(ssps)))
    some = NAMES[30:5:-3]
    assert drawn_names(ssps, some) == [names[n] for n in some]
    assert drawn_names(ssps, epoch=3) != [*names.values()]


def test_a_target_that_is_too_old_is_not_drawn():
    ssps = SSPS(groups(5), 8, window=0, begins=0.0, oldest=0.02)
    ssps.prepare(ROWS, targets=2, crops=None)
    ssps.begin_epoch(1, epochs=4)
    for part in range(4):  # stored at 0.25, 0.26, 0.27 and 0.28 of training
        names, rows = NAMES[10 * part :][:10], slice(10 * part, 10 * part + 10)
        z = embeddings(0.1)[:, rows]
        ssps.note(Moment(0.25 + part / 100, part, 1, names), z, z[0])
    ssps.begin_epoch(2, epochs=4)
    stored = dict(zip(ssps.queue.ids.tolist(), range(40)))
    for progress, first in ((0.28, 10), (0.295, 30), (0.31, 40)):
        moment = Moment(progress, 4, 2, NAMES)
        drawn = ssps.draw(moment, torch.zeros(2, 40, 8))
        places = {stored[n] for n in drawn.numbers[drawn.found].tolist()}
        assert all(place >= first for place in places)
        assert drawn.found.any() == (first < 40)


def test_an_oracle_draws_of_the_same_speaker():
    ssps = filled(SSPS(SpeakerGroups(), 8, window=0, begins=0.0))
    assert ssps.uses_labels and ssps.view is None
    names = drawn_names(ssps)
    assert all(a[0] == b[0] and a != b for a, b in zip(NAMES, names))
    with pytest.raises(ValueError, match="set window to 0, got 1"):
        SSPS(SpeakerGroups(), 8)


def test_figures_are_those_of_what_was_drawn():
    ssps = filled(SSPS(groups(7), 8, window=1, begins=0.0))
    moment, own = Moment(0.0, 0, 2, NAMES), embeddings(0.1, seed=3)
    drawn, names = ssps.draw(moment, own), drawn_names(ssps)
    ssps.note(moment, own, own[0], drawn)
    figures = ssps.figures()
    pairs = [(a, b) for a, b in zip(NAMES, names) if b is not None]
    assert figures["positives_replaced"] == pytest.approx(len(pairs) / 40)
    same = sum(a[0] == b[0] for a, b in pairs) / len(pairs)
    assert figures["positives_same_speaker"] == pytest.approx(same)
    cosines = (
        normalize(own[0], dim=1) * normalize(drawn.targets[0], dim=1)
    ).sum(1)
    mean = cosines[drawn.found].mean().item()
    assert figures["positives_cosine"] == pytest.approx(mean, rel=1e-5)
    assert ssps.figures() == {}


def test_what_is_replaced_has_no_gradient():
    ssps = filled(SSPS(groups(5), 8, window=0, begins=0.0))
    student = embeddings(0.1, seed=4).requires_grad_()
    drawn = ssps.draw(Moment(0.0, 0, 2, NAMES), student[1:2].detach())
    seen = Embeddings({"pair": student}, None).with_positives(drawn, "pair")
    seen.student["pair"].sum().backward()
    assert (student.grad[0] == 1).all()
    assert torch.equal(student.grad[1].sum(1) == 0, drawn.found)
    teacher = {"long": embeddings(0.1, seed=5)}
    seen = Embeddings({}, teacher).with_positives(drawn, "long")
    expected = torch.where(drawn.found[:, None], drawn.targets, teacher["long"])
    assert torch.equal(seen.teacher["long"], expected)
    # More targets than are stored: nothing is replaced
    three = torch.zeros(3, 40, 8)
    assert drawn.instead_of(three) is three


def test_the_first_epoch_of_use():
    def first(begins, epochs):
        return SSPS(groups(5), 8, begins=begins).first_epoch(epochs)

    assert [first(b, 20) for b in (0.0, 0.04, 0.05, 0.8, 0.81)] == [
        2,
        2,
        2,
        17,
        18,
    ]
    assert first(0.7, 10) == 8 and first(0.5, 1) == 2


def ssps(view_dim=8):
    memory = UtteranceMemory(None, view_dim, views=1)
    groups = ClusteredMemory(memory, 3, seed=2)
    # An epoch is a seventh of these runs
    return SSPS(groups, view_dim, begins=0.3, seed=2, oldest=0.5)


SOURCES = {"student": ["NTXent", "SwAV"], "teacher": ["MoCo", "BYOL", "RDINO"]}


@pytest.mark.parametrize("source", SOURCES)
def test_resumed_equals_uninterrupted(
    source, build, resumed_run, copy_of, unchanged
):
    whole, second = resumed_run(
        build,
        7,
        7,
        names=SOURCES[source],
        positives=ssps,
        reference=0.25,
        run_opts={"ckpt_interval_steps": 1},
    )
    assert whole.log.rows[-1]["train_positives_replaced"] > 0.3
    unchanged(second.positives, copy_of(whole.positives))


@pytest.mark.parametrize("source", SOURCES)
def test_two_processes_equal_one(source, build, doubled_run):
    one = doubled_run(
        build,
        6,
        epochs=2,
        # Rounding errors grow with the steps that are taken
        learning_rate=Constant(0.0005),
        names=SOURCES[source],
        positives=ssps,
        reference=0.25,
    )
    assert one["log"][-1]["train_positives_replaced"] > 0.3


def test_what_does_not_fit_is_refused_before_training(build):
    with pytest.raises(ValueError, match="LeJEPA has no positive"):
        build(["LeJEPA"], positives=ssps, reference=0.25)
    with pytest.raises(ValueError, match="give crops reference_seconds"):
        build(["NTXent"], positives=ssps)
    brain, _ = build(["NTXent"], positives=ssps, reference=0.25)
    with pytest.raises(ValueError, match="1 utterances .* cannot make 3"):
        brain.check_rows(ROWS[:1])


def test_a_run_of_one_epoch_is_told_that_nothing_begins(build, caplog):
    _, fit = build(["NTXent"], positives=ssps, reference=0.25, epochs=1)
    fit()
    assert "begin in epoch 2, and there are 1" in caplog.text


def test_simclr_pushes_from_no_copy_of_what_was_drawn():
    ssps = filled(SSPS(groups(5), 8, window=0, begins=0.0))
    moment, own = Moment(0.0, 0, 2, NAMES), embeddings(0.1, seed=4)
    drawn = ssps.draw(moment, own[1:2])
    seen = Embeddings({"pair": own}, None).with_positives(drawn, "pair")
    objective, loss = NTXent(NTXentLoss(0.2)), NTXentLoss(0.2)
    found = objective.loss(objective.outputs(seen, {}), moment)
    pair = torch.stack([recording_ids(NAMES), drawn.numbers], dim=1)
    expected = loss(*seen.student["pair"], recordings=pair)
    torch.testing.assert_close(found, expected)
    assert found < loss(*seen.student["pair"])
