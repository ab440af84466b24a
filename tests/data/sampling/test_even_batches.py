"""Batches of a validation part hold every utterance once, and none alone."""

import pytest

from sb_contrastive.data.sampling.even_batches import even_batches


@pytest.mark.parametrize("batch_size", [2, 3, 5, 32])
def test_every_utterance_once_and_none_alone(batch_size):
    for count in range(2, 70):
        batches = even_batches(count, batch_size)
        assert [i for batch in batches for i in batch] == list(range(count))
        sizes = {len(batch) for batch in batches}
        assert max(sizes) - min(sizes) <= 1 and min(sizes) >= 2
        assert max(sizes) <= max(batch_size, 3)


def test_one_utterance_is_one_batch():
    assert even_batches(1, 4) == [[0]]
