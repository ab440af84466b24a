"""Shares of batches: what several processes see, put together, is what one would."""

import pytest

from sb_contrastive.data.sampling import rank_share
from sb_contrastive.data.sampling.rank_share import RankShare


@pytest.mark.parametrize("ranks", [1, 2, 3])
@pytest.mark.parametrize("count", [0, 5, 12, 13])
@pytest.mark.parametrize("share", [1, 2])
def test_global_batches_are_those_of_one_process(
    monkeypatch, ranks, count, share
):
    monkeypatch.setattr(rank_share, "world_size", lambda: ranks)
    parts = []
    for rank in range(ranks):
        monkeypatch.setattr(rank_share, "rank", lambda rank=rank: rank)
        parts.append(list(RankShare(range(count), share)))
        assert len(parts[-1]) == len(RankShare(range(count), share))
    turns = len(parts[0]) // share
    joined = [
        item
        for turn in range(turns)
        for part in parts
        for item in part[turn * share : (turn + 1) * share]
    ]
    assert joined == list(range(count // (ranks * share) * ranks * share))


def test_the_epoch_reaches_the_sampler():
    class Sampler(list):
        def set_epoch(self, epoch):
            self.epoch = epoch

    sampler = Sampler()
    RankShare(sampler, 1).set_epoch(3)
    assert sampler.epoch == 3
    RankShare([], 1).set_epoch(3)  # one without epochs
