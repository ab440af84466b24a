"""ClassBatches: balance, distinct recordings, mixed speakers, determinism, processes."""

from collections import Counter

import pytest
from speechbrain.dataio.sampler import DistributedSamplerWrapper

from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.data.sampling.class_batches import ClassBatches


def manifest(counts, speakers=4, **more):
    """As many rows of each class as counts say, one recording each."""
    return [
        {
            "ID": f"{name}{i}",
            "wav": f"{name}{i}.wav",
            "label": name,
            "spk_id": f"s{i % speakers}",
            SOURCE: f"m.csv:{i + 2}",
            **more,
        }
        for name, count in counts.items()
        for i in range(count)
    ]


@pytest.mark.parametrize("P", [None, 2, 3, 9])
def test_every_batch_has_p_classes_with_q_recordings(P):
    rows = manifest({"a": 30, "b": 8, "c": 5})
    batches = ClassBatches(rows, 4, P, seed=1)
    assert len(list(batches)) == len(batches) == 43 // (4 * min(P or 3, 3))
    for batch in batches:
        labels = Counter(rows[i]["label"] for i in batch)
        assert set(labels.values()) == {4} and len(labels) == min(P or 3, 3)
        assert len({rows[i]["wav"] for i in batch}) == len(batch)


def test_classes_and_items_take_turns():
    rows = manifest({name: 12 for name in "abcdef"})
    batches = list(ClassBatches(rows, 4, 2, seed=1))  # 9 batches of 2 classes
    heard = Counter(rows[i]["label"] for batch in batches for i in batch)
    assert heard == {name: 12 for name in "abcdef"}
    # No item again before all of its class have been heard
    assert len({i for batch in batches for i in batch}) == len(rows)


def test_the_smallest_class_limits_the_items(caplog):
    rows = manifest({"a": 30, "b": 3})
    batches = ClassBatches(rows, 8, seed=1)
    assert all(len(batch) == 6 for batch in batches)
    assert len(batches) == 33 // 6
    assert "'b' has 3 recordings: batches hold 3 items" in caplog.text


def test_items_of_a_class_are_of_different_speakers_where_they_can_be():
    rows = manifest({"a": 16, "b": 16}, speakers=4)
    for epoch in range(3):
        batches = ClassBatches(rows, 4, seed=1)
        batches.set_epoch(epoch)
        for batch in batches:
            for name in "ab":
                speakers = [
                    rows[i]["spk_id"] for i in batch if rows[i]["label"] == name
                ]
                assert len(set(speakers)) == 4


def test_segments_of_one_recording_are_not_in_one_batch():
    rows = manifest({"a": 24, "b": 24})
    for i, row in enumerate(rows):
        row["wav"] = f"{row['label']}{i % 3}.wav"
    for batch in ClassBatches(rows, 3, seed=1):
        assert len({rows[i]["wav"] for i in batch}) == 6


def test_depends_on_seed_and_epoch_alone():
    rows = manifest({"a": 20, "b": 9})

    def draw(seed, epoch):
        batches = ClassBatches(rows, 3, seed=seed)
        batches.set_epoch(epoch)
        return list(batches)

    assert draw(1, 2) == draw(1, 2)
    assert draw(1, 2) != draw(1, 3) != draw(2, 3)
    batches = ClassBatches(rows, 3, seed=1)
    batches.set_epoch(2)
    assert list(batches) == list(batches) == draw(1, 2)


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_share_the_batches(processes):
    rows = manifest({"a": 20, "b": 20})
    for items in (4, 20):
        batches = ClassBatches(rows, items, seed=1, processes=processes)
        parts = []
        for rank in range(processes):
            part = DistributedSamplerWrapper(
                batches, num_replicas=processes, rank=rank, shuffle=True
            )
            part.set_epoch(3)
            parts.append(list(part))
        assert len({len(part) for part in parts}) == 1
        assert all(len(b) == 2 * items for part in parts for b in part)
        everything = sorted(b for part in parts for b in part)
        batches.set_epoch(3)
        assert everything == sorted(batches)


def test_what_cannot_be_balanced_is_refused():
    with pytest.raises(ValueError, match=r"'b' has one recording.*\(m.csv:2\)"):
        ClassBatches(manifest({"a": 4, "b": 1}), 2)
    one = manifest({"a": 2, "b": 2}, wav="all.wav")
    with pytest.raises(ValueError, match="'a' has one recording"):
        ClassBatches(one, 2)
    with pytest.raises(ValueError, match="label 'a': there is nothing to tell"):
        ClassBatches(manifest({"a": 4}), 2)
    rows = manifest({"a": 4, "b": 4})
    with pytest.raises(ValueError, match="items_per_class is 2 or more"):
        ClassBatches(rows, 1)
    with pytest.raises(ValueError, match="classes_per_batch is 2 or more"):
        ClassBatches(rows, 2, 1)
    with pytest.raises(ValueError, match="m.csv:2 has no accent"):
        ClassBatches(rows, 2, column="accent")
