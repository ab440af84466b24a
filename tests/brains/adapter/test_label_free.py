"""An adapter is measured without labels by the mean of its frames."""

import torch

from sb_contrastive.brains.logs.held_out import HeldOutCrops
from sb_contrastive.evaluation.embeddings.label_free.ranking import (
    GOODNESS,
    MEASURES,
)
from tests.brains.adapter.conftest import dataset


class Cache:
    """Stands for a `FeatureCache`."""

    frame_rate = 10

    def crop(self, utterance, start, stop):
        number = int(utterance.removeprefix("utt"))
        return dataset(number, 1)[0]["features"][start:stop]


def test_its_epochs_are_measured_and_chosen_from(build, tmp_path):
    rows = [{"ID": f"utt{n}"} for n in range(18, 24)]
    for keep in ("teacher", "student"):
        brain, fit = build(save=tmp_path / keep, keep=keep)
        brain.watch(HeldOutCrops(rows, cache=Cache()), choose=MEASURES)
        fit()
        assert all(GOODNESS.keys() <= row.keys() for row in brain.log.rows)
        frames = torch.randn(2, 7, 12)
        z = brain.embed_held_out(frames)
        kept = brain.pretrained_encoder().eval().adapter
        expected = kept(frames, torch.ones(2, 7).bool()).mean(dim=1)
        torch.testing.assert_close(z, expected)
        assert brain.load_label_free() in (1, 2)
