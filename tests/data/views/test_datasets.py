"""Datasets over manifest rows."""

import numpy as np
import pytest
import soundfile
import torch
from speechbrain.dataio.dataloader import make_dataloader

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.data.views.datasets import crop_dataset, utterance_dataset

LABELS = {"ang": 0, "sad": 1}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder, rng, rows = (
        tmp_path_factory.mktemp("data"),
        np.random.default_rng(0),
        [],
    )
    for i in range(4):
        samples = 4000 + 1000 * i
        path = folder / f"{i}.wav"
        soundfile.write(path, 0.1 * rng.standard_normal(samples), 16000)
        rows.append(
            {
                "ID": f"utt{i}",
                "duration": samples / 16000,
                "wav": str(path),
                "start": 10,
                "stop": samples,
                "label": ["ang", "sad"][i % 2],
                SOURCE: f"x.csv:{i}",
            }
        )
    return rows


def test_crops_come_as_drawn(rows):
    crops = RandomCrops([2, 3], [0.2, 0.1], seed=1)
    dataset = crop_dataset(rows, crops, ["long", "short"])
    assert len(dataset) == 4
    for item, row in zip(dataset, rows):
        assert set(item) == {"id", "long", "short"}
        assert item["id"] == row["ID"]
        expected = crops(row["ID"], row["wav"], row["start"], row["stop"])
        assert torch.equal(item["long"], expected[0])
        assert torch.equal(item["short"], expected[1])


def test_crops_follow_the_epoch_they_are_told(rows):
    crops = RandomCrops([1], [0.05], seed=1)
    dataset = crop_dataset(rows, crops, ["crop"])
    first = dataset[0]["crop"]
    crops.epoch = 1
    assert not torch.equal(dataset[0]["crop"], first)
    crops.epoch = 0
    assert torch.equal(dataset[0]["crop"], first)


@pytest.mark.parametrize(
    "workers",
    [
        {"num_workers": 0},
        {"num_workers": 1},
        {"num_workers": 1, "persistent_workers": True},
    ],
)
def test_workers_see_the_epoch_too(rows, workers):
    crops = RandomCrops([1], [0.05], seed=1)
    loader = make_dataloader(
        crop_dataset(rows, crops, ["crop"]), batch_size=2, **workers
    )
    epochs = []
    for epoch in (1, 2):
        crops.epoch = epoch
        seen = torch.cat([batch.crop.data for batch in loader])
        epochs.append(seen)
        for crop, row in zip(seen, rows, strict=True):
            (expected,) = crops(
                row["ID"], row["wav"], row["start"], row["stop"]
            )
            assert torch.equal(crop, expected)
    assert not torch.equal(*epochs)


def test_whole_utterances(rows):
    dataset = utterance_dataset(rows, LABELS)
    for item, row in zip(dataset, rows):
        assert set(item) == {"id", "sig", "target"}
        expected = read_span(row["wav"], row["start"], row["stop"])
        np.testing.assert_array_equal(item["sig"], expected)
        assert item["target"] == LABELS[row["label"]]


def test_whole_utterances_are_padded_with_their_shares(rows):
    loader = make_dataloader(utterance_dataset(rows, LABELS), batch_size=4)
    (batch,) = loader
    wavs, lens = batch.sig
    assert wavs.shape == (4, 6990)
    assert (lens * 6990).round().int().tolist() == [3990, 4990, 5990, 6990]
    assert batch.target.tolist() == [0, 1, 0, 1]
    assert batch.id == ["utt0", "utt1", "utt2", "utt3"]


def test_labels_are_only_there_when_asked_for(rows):
    bare = [{k: v for k, v in row.items() if k != "label"} for row in rows]
    assert set(utterance_dataset(bare)[0]) == {"id", "sig"}
    item = crop_dataset(rows, RandomCrops([1], [0.1], 0), ["crop"], LABELS)[1]
    assert item["target"] == 1
