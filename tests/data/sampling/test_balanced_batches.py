"""Balanced batches: as many of each corpus, no recording twice in one, no look at speakers."""

from collections import Counter

import pytest

from sb_contrastive.data.sampling.balanced_batches import balanced_batches

SIZES = {"large": 90, "middle": 40, "small": 11}


@pytest.fixture
def rows():
    return [
        {"ID": f"{c}{i}", "wav": f"{c}{i}.wav", "corpus": c, "spk_id": c}
        for c, size in SIZES.items()
        for i in range(size)
    ]


def test_every_batch_has_as_many_of_each_corpus(rows):
    sampler = balanced_batches(rows, "corpus", 16, seed=1)
    batches = list(sampler)
    assert len(batches) == len(sampler) == len(rows) // 15
    for batch in batches:
        assert len(set(batch)) == 15
        counts = Counter(rows[i]["corpus"] for i in batch)
        assert counts == {"large": 5, "middle": 5, "small": 5}


def test_a_small_corpus_is_heard_evenly(rows):
    """Its utterances come again only when all of them came."""
    sampler = balanced_batches(rows, "corpus", 15)
    heard = Counter(i for batch in sampler for i in batch)
    counts = [heard[i] for i, r in enumerate(rows) if r["corpus"] == "small"]
    # 9 batches of 5 of its 11 utterances
    assert sum(counts) == 45 and set(counts) <= {4, 5}
    large = [heard[i] for i, r in enumerate(rows) if r["corpus"] == "large"]
    assert sum(large) == 45 and set(large) == {0, 1}


def test_epochs_differ_and_repeat(rows):
    sampler = balanced_batches(rows, "corpus", 15, seed=3)
    first = list(sampler)
    assert list(sampler) == first
    sampler.set_epoch(1)
    assert list(sampler) != first


def test_speakers_change_nothing(rows):
    """Without labels means without speakers, too."""
    unknown = [{k: v for k, v in r.items() if k != "spk_id"} for r in rows]
    known = [{**r, "spk_id": r["ID"][-1]} for r in rows]
    assert list(balanced_batches(unknown, "corpus", 15)) == list(
        balanced_batches(known, "corpus", 15)
    )


def test_more_corpora_than_a_batch_has_room_for(rows):
    many = [{**r, "corpus": f"c{i // 4}"} for i, r in enumerate(rows[:40])]
    for batch in balanced_batches(many, "corpus", 8):
        assert set(Counter(many[i]["corpus"] for i in batch).values()) == {2}


def test_mistakes_are_named(rows):
    with pytest.raises(ValueError, match="large0 has no session"):
        balanced_batches(rows, "session", 15)
    with pytest.raises(ValueError, match="nothing to tell apart"):
        balanced_batches(rows[:90], "corpus", 15)
