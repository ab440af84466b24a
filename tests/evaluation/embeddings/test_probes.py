import numpy as np
import pytest
import torch

from sb_contrastive.evaluation.embeddings import unit
from sb_contrastive.evaluation.embeddings.probes import (
    knn_accuracy,
    speaker_eer,
    speaker_probes,
)
from sb_contrastive.evaluation.verification.error_rates import eer


def random_data(N, D=6, C=3, G=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(C, (N,), generator=generator)
    groups = torch.randint(G, (N,), generator=generator)
    z = torch.randn(N, D, generator=generator)
    z[torch.arange(N), labels] += 1.5  # each class leans to its own axis
    return z, [f"c{i}" for i in labels], [f"g{i}" for i in groups]


def slow_knn(z, labels, k, groups):
    correct = 0
    for i in range(len(z)):
        allowed = [
            (float(torch.nn.functional.cosine_similarity(z[i], z[j], dim=0)), j)
            for j in range(len(z))
            if j != i and (groups is None or groups[j] != groups[i])
        ]
        nearest = sorted(allowed, reverse=True)[:k]
        votes = {}
        for cosine, j in nearest:
            count, total = votes.get(labels[j], (0, 0.0))
            votes[labels[j]] = count + 1, total + cosine
        correct += max(votes, key=votes.get) == labels[i]
    return correct / len(z)


@pytest.mark.parametrize("N", [2, 9, 60])
@pytest.mark.parametrize("k", [1, 2, 5, 100])
@pytest.mark.parametrize("grouped", [False, True])
def test_knn_agrees_with_a_loop(N, k, grouped, monkeypatch):
    monkeypatch.setattr(unit, "ROWS", 16)  # several blocks
    z, labels, groups = random_data(N, seed=5)
    groups = [f"g{i % 2}" for i in range(N)] if N < 9 else groups
    groups = groups if grouped else None
    assert knn_accuracy(z, labels, k, groups) == slow_knn(z, labels, k, groups)


def test_knn_cannot_profit_from_the_speaker_when_grouped():
    # each speaker is one point with one emotion: identity gives it away
    points = torch.eye(4).repeat_interleave(5, 0)
    labels = [["joy", "sad"][i // 5 % 2] for i in range(20)]
    speakers = [i // 5 for i in range(20)]
    assert knn_accuracy(points, labels, k=3) == 1
    assert knn_accuracy(points, labels, k=3, groups=speakers) < 1


def test_knn_draw_goes_to_the_nearer_class():
    # row 0 has one neighbour of each class, "a" the nearer one
    z = torch.tensor([[1.0, 0.0], [1.0, 0.1], [1.0, 0.5]])
    for labels in (["a", "a", "b"], ["b", "b", "a"]):
        assert knn_accuracy(z, labels, k=2) == slow_knn(z, labels, 2, None)
    votes_first = slow_knn(z, ["a", "a", "b"], 2, None)
    assert votes_first == pytest.approx(2 / 3)


@pytest.mark.parametrize("N", [6, 40])
def test_speaker_eer_agrees_with_a_loop(N):
    z, speakers, _ = random_data(N, seed=2)
    same, different = [], []
    for i in range(N):
        for j in range(i):
            cosine = torch.nn.functional.cosine_similarity(z[i], z[j], dim=0)
            pairs = same if speakers[i] == speakers[j] else different
            pairs.append(float(cosine))
    assert speaker_eer(z, speakers) == pytest.approx(eer(same, different)[0])


def test_speaker_eer_of_perfect_and_useless_embeddings():
    speakers = ["anna"] * 3 + ["ben"] * 3
    assert speaker_eer(torch.eye(2).repeat_interleave(3, 0), speakers) == 0
    assert speaker_eer(np.ones((6, 4)), speakers) == 0.5


def test_length_of_embeddings_does_not_matter():
    z, labels, _ = random_data(40)
    scaled = z * torch.rand(40, 1).add(0.1)
    assert knn_accuracy(scaled, labels) == knn_accuracy(z, labels)
    assert speaker_eer(scaled, labels) == pytest.approx(
        speaker_eer(z, labels), abs=1e-3
    )


def test_user_mistakes():
    z, labels, _ = random_data(6)
    with pytest.raises(ValueError, match="6 embeddings but 5 labels"):
        knn_accuracy(z, labels[:5])
    with pytest.raises(ValueError, match="6 embeddings but 5 groups"):
        knn_accuracy(z, labels, groups=[1] * 5)
    with pytest.raises(ValueError, match="k must be"):
        knn_accuracy(z, labels, k=0)
    with pytest.raises(ValueError, match="at least two groups"):
        knn_accuracy(z, labels, groups=["g"] * 6)
    with pytest.raises(ValueError, match="at least two groups"):
        knn_accuracy(z[:1], labels[:1])
    with pytest.raises(ValueError, match="at least two speakers"):
        speaker_eer(z, ["s"] * 6)
    with pytest.raises(ValueError, match="two embeddings"):
        speaker_eer(z, list("abcdef"))
    with pytest.raises(ValueError, match=r"\[N, D\]"):
        speaker_eer(z[0], labels)


def test_speaker_probes_take_speakers_with_two_utterances():
    z, _, groups = random_data(12)
    utterances = [f"utt{i}" for i in range(12)]
    speakers = dict(zip(utterances[:9], groups))  # of three nothing is known
    speakers["utt8"] = "alone"
    known = [
        i
        for i in range(8)
        if sum(speakers[f"utt{j}"] == groups[i] for j in range(8)) > 1
    ]
    names = [groups[i] for i in known]
    assert 2 < len(known) < 12 and len(set(names)) > 1
    assert speaker_probes(z, utterances, speakers) == {
        "speaker_eer": speaker_eer(z[known], names),
        "speaker_knn": knn_accuracy(z[known], names),
    }


def test_speaker_probes_need_two_speakers():
    z, _, _ = random_data(4)
    utterances = list("abcd")
    assert speaker_probes(z, utterances, {}) == {}
    assert speaker_probes(z, utterances, dict.fromkeys("abcd", "anna")) == {}
    pairs = dict(zip(utterances, ["anna", "ben", "carl", "dora"]))
    assert speaker_probes(z, utterances, pairs) == {}
