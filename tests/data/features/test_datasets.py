"""Datasets over cached features."""

import pytest
import torch
from speechbrain.dataio.dataloader import make_dataloader

from sb_contrastive.data.features.datasets import FrameCrops, feature_dataset

LABELS = {"ang": 0, "sad": 1}
LENGTHS = [40, 100, 250, 60]


class FakeCache:
    """The reading side of a FeatureCache: frame t of utterance i holds (i, t)."""

    frame_rate = 50

    def frames(self, utterance):
        if utterance not in ("0", "1", "2", "3"):
            raise KeyError(utterance)
        return LENGTHS[int(utterance)]

    def crop(self, utterance, start, stop):
        t = torch.arange(self.frames(utterance))[start:stop].float()
        return torch.stack([torch.full_like(t, int(utterance)), t], dim=1)

    def __getitem__(self, utterance):
        return self.crop(utterance, 0, None)


@pytest.fixture
def rows():
    return [
        {"ID": str(i), "label": ["ang", "sad"][i % 2], "wav": "x"}
        for i in range(4)
    ]


def test_whole_utterances_are_padded_with_their_lengths(rows):
    dataset = feature_dataset(rows, FakeCache(), labels=LABELS)
    (batch,) = make_dataloader(dataset, batch_size=4)
    features, lens = batch.features
    assert features.shape == (4, 250, 2)
    assert (lens * 250).round().int().tolist() == LENGTHS
    for i, length in enumerate(LENGTHS):
        assert torch.equal(features[i, :length], FakeCache()[str(i)])
        assert not features[i, length:].any()
    assert batch.id == ["0", "1", "2", "3"]
    assert batch.target.tolist() == [0, 1, 0, 1]


def test_labels_are_only_there_when_asked_for(rows):
    bare = [{k: v for k, v in row.items() if k != "label"} for row in rows]
    assert set(feature_dataset(bare, FakeCache())[0]) == {"id", "features"}


@pytest.mark.parametrize(
    "workers",
    [
        {"num_workers": 0},
        {"num_workers": 1},
        {"num_workers": 1, "persistent_workers": True},
    ],
)
def test_crops_depend_on_epoch_and_utterance_alone(rows, workers):
    crops = FrameCrops(seconds=1.2, seed=1)
    dataset = feature_dataset(rows, FakeCache(), crops)
    loader = make_dataloader(dataset, batch_size=2, **workers)
    starts = []
    for epoch in (1, 2, 1):
        crops.epoch = epoch
        batches = list(loader)
        rows_of = [row for b in batches for row in b.features.data]
        for i, row in enumerate(rows_of):
            start, stop = crops(str(i), LENGTHS[i])
            assert stop - start == min(60, LENGTHS[i])
            assert row[: stop - start, 1].tolist() == list(range(start, stop))
        starts.append([int(row[0, 1]) for row in rows_of])
    assert starts[0] == starts[2] != starts[1]
    assert starts[0][0] == starts[0][3] == 0  # as long as the crop, or shorter


def test_every_start_is_drawn_and_none_beyond():
    crops = FrameCrops(seconds=0.2, seed=0)
    starts = set()
    for crops.epoch in range(200):
        start, stop = crops("a", 15)
        assert stop - start == 10
        starts.add(start)
    assert starts == set(range(6))


def test_a_missing_utterance_shows_before_training(rows):
    with pytest.raises(KeyError):
        feature_dataset([*rows, {"ID": "4"}], FakeCache())


def test_a_crop_needs_a_frame():
    with pytest.raises(ValueError, match="shorter than one frame"):
        FrameCrops(seconds=0.001, seed=0)
