"""Who is taken for a false negative: the surest first, and by labels in an oracle."""

import pytest
import torch
from torch.nn.functional import normalize

from sb_contrastive.losses import (
    AsymmetricNegatives,
    Attraction,
    MoCoLoss,
    NTXentLoss,
)
from sb_contrastive.objectives import (
    ClusteredMemory,
    FalseNegatives,
    MoCo,
    Moment,
    NTXent,
    SpeakerGroups,
)
from sb_contrastive.objectives.objective import Embeddings
from sb_contrastive.queue import KeyQueue, recording_ids
from sb_contrastive.schedules import Constant
from sb_contrastive.utterance_memory import UtteranceMemory

NAMES = [f"{speaker}{n}" for n in range(4) for speaker in "abc"]
ROWS = [{"ID": name, "spk_id": name[0]} for name in NAMES]


def embeddings(noise=0.2):
    generator = torch.Generator().manual_seed(0)
    z = torch.eye(3)[[ord(name[0]) - ord("a") for name in NAMES]]
    return z + noise * torch.randn(2, 12, 3, generator=generator)


def clustered(**options):
    groups = ClusteredMemory(UtteranceMemory(None, 3, views=1), 3, seed=1)
    negatives = FalseNegatives(groups, **options)
    negatives.prepare(ROWS)
    return negatives


def test_the_surest_are_accepted_first():
    negatives, numbers = clustered(temperature=0.3), recording_ids(NAMES)
    negatives.begin_epoch(1)  # there is nothing to cluster yet
    assert torch.equal(negatives.labels_of(numbers, 1.0), numbers)
    z = embeddings()
    negatives.note(NAMES, z)
    negatives.begin_epoch(2)
    groups = negatives.groups
    mean = normalize(normalize(z, dim=-1).mean(0), dim=1)
    shares = (mean @ groups.centroids[0].T / 0.3).softmax(dim=1)
    sure = [
        shares[i, k].item()
        for i, k in enumerate(groups.assignments[0].tolist())
    ]
    order = sorted(range(12), key=lambda i: -sure[i])
    for progress in (0.0, 0.3, 0.5, 1.0):
        labels = negatives.labels_of(numbers, progress)
        accepted = {i for i in range(12) if labels[i] != numbers[i]}
        assert accepted == {*order[: int(progress * 12)]}
    # All of a cluster have one label, those of other clusters another
    assert len(labels.unique()) == 3
    for i, a in enumerate(NAMES):
        for j, b in enumerate(NAMES):
            assert (labels[i] == labels[j]) == (a[0] == b[0])
    stranger = recording_ids(["z"])
    assert torch.equal(negatives.labels_of(stranger, 1.0), stranger)


def test_acceptance_begins_late():
    negatives = clustered(begins=0.6)
    negatives.note(NAMES, embeddings())
    negatives.begin_epoch(2)
    counts = [
        (negatives.labels_of(recording_ids(NAMES), p) < 0).sum().item()
        for p in (0.0, 0.59, 0.8, 1.0)
    ]
    assert counts == [0, 0, 6, 12]


def test_speakers_are_an_oracle():
    negatives = FalseNegatives(SpeakerGroups(), begins=0.5)
    negatives.prepare(ROWS)
    assert negatives.uses_labels
    numbers = recording_ids(NAMES)
    assert torch.equal(negatives.labels_of(numbers, 0.4), numbers)
    labels = negatives.labels_of(numbers, 0.5)
    same = torch.tensor([[a[0] == b[0] for b in NAMES] for a in NAMES])
    assert torch.equal(labels[:, None] == labels, same)


@pytest.mark.parametrize("weighting", [None, Attraction()])
def test_both_losses_are_given_the_labels(weighting):
    negatives = FalseNegatives(SpeakerGroups(), weighting)
    z, moment = embeddings(), Moment(1.0, 0, 1, NAMES)
    labels = torch.tensor([ord(name[0]) for name in NAMES])
    ntxent = NTXent(NTXentLoss(0.2, negatives=negatives))
    ntxent.prepare(ROWS)
    assert ntxent.uses_labels
    expected = NTXentLoss(0.2, negatives=weighting)(*z, labels)
    torch.testing.assert_close(ntxent.loss((z, None), moment), expected)
    plain = NTXentLoss(0.2, negatives=weighting)(*z)
    torch.testing.assert_close(ntxent.eval().loss((z, None), moment), plain)

    moco = MoCo(
        MoCoLoss(0.2, negatives=negatives), KeyQueue(20, 3), Constant(0.9)
    )
    seen = Embeddings({"pair": z}, {"pair": z.flip(0)})
    outputs = moco.outputs(seen, {})
    moco.loss(outputs, moment)
    moco.after_batch(outputs, moment)
    found = moco.loss(outputs, moment)
    own = torch.eye(12, dtype=torch.bool)
    alike = (labels[:, None] == labels) & ~own
    loss = MoCoLoss(0.2, negatives=weighting)
    q, k, _ = outputs
    # Anchors are compared with the keys of the batch before, their own left out
    halves = [loss(q[1 - v], k[v], k[v], None, own, alike) for v in (0, 1)]
    torch.testing.assert_close(found, sum(halves) / 2)


def test_wrong_settings_are_refused():
    with pytest.raises(ValueError, match="for which there are no clusters"):
        clustered(weighting=AsymmetricNegatives())
    with pytest.raises(ValueError, match="2 utterances .* make 3 clusters"):
        clustered().check(ROWS[:2])
    with pytest.raises(ValueError, match="x has no 'spk_id' .or 'speaker'"):
        FalseNegatives(SpeakerGroups()).check([*ROWS, {"ID": "x"}])


def test_a_prepared_memory_has_a_tenth_of_clusters():
    groups = ClusteredMemory(UtteranceMemory(None, 3, views=1))
    groups.prepare([{"ID": str(i)} for i in range(200)])
    assert groups.centroids.shape == (1, 20, 3)
    assert groups.assignments.shape == (1, 200)
