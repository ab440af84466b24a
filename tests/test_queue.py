"""KeyQueue against a list that forgets, and in two processes."""

import pytest
import torch

from sb_contrastive.queue import KeyQueue, recording_ids

BATCHES = [3, 1, 5, 2, 12, 5, 0, 4, 7, 10]


def numbered(first, count):
    """Keys [count, 2] that tell which they are."""
    return torch.arange(first, first + count).float()[:, None] * torch.tensor(
        [1.0, -1.0]
    )


@pytest.mark.parametrize("K", [1, 3, 5, 8, 100])
def test_holds_the_last_keys_whatever_the_batch_size(K):
    queue, every = KeyQueue(K, 2), torch.zeros(0, 2)
    assert len(queue.filled) == 0
    for B in BATCHES:
        batch = numbered(1 + len(every), B)
        every = torch.cat([every, batch])
        queue.enqueue(batch)
        last = every[-K:]
        assert queue.count == len(queue.filled) == len(last)
        assert queue.pointer == len(every) % K
        # Each key has its place: the n-th ever is in place n modulo K
        places = torch.arange(len(every) - len(last), len(every)) % K
        assert torch.equal(queue.keys[places], last)
        # From the pointer on lie the oldest, once the ring is full
        if len(every) >= K:
            in_order = queue.keys.roll(-queue.pointer, dims=0)
            assert torch.equal(in_order, last)


def test_filled_is_a_view_and_keys_are_copies():
    queue, keys = KeyQueue(4, 2), numbered(1, 2).requires_grad_()
    queue.enqueue(keys)
    assert queue.filled.data_ptr() == queue.keys.data_ptr()
    assert not queue.keys.requires_grad
    with torch.no_grad():
        keys.fill_(9)
    assert torch.equal(queue.filled, numbered(1, 2))


def test_half_precision_keys_are_kept_in_float32():
    queue = KeyQueue(4, 2)
    queue.enqueue(numbered(1, 3).bfloat16())
    assert queue.keys.dtype == torch.float32
    assert torch.equal(queue.filled, numbered(1, 3))


def test_state_round_trip_continues_bit_for_bit(tmp_path):
    generator = torch.Generator().manual_seed(0)
    batches = torch.randn(6, 3, 2, generator=generator)
    whole, first, second = (KeyQueue(7, 2) for _ in range(3))
    for batch in batches:
        whole.enqueue(batch)
    for batch in batches[:2]:  # half-filled
        first.enqueue(batch)
    torch.save(first.state_dict(), tmp_path / "queue.ckpt")
    second.load_state_dict(torch.load(tmp_path / "queue.ckpt"))
    assert second.count == 6
    for batch in batches[2:]:
        second.enqueue(batch)
    assert torch.equal(second.keys, whole.keys)
    assert second.pointer == whole.pointer == 4


@pytest.mark.parametrize("size, dim", [(0, 3), (3, 0)])
def test_impossible_sizes_are_refused(size, dim):
    with pytest.raises(ValueError, match="at least one key"):
        KeyQueue(size, dim)


def test_keys_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"\[B, 2\], got .* \[4, 3\]"):
        KeyQueue(5, 2).enqueue(torch.zeros(4, 3))


def test_two_processes_hold_what_one_does(two_ranks):
    def half(rank):
        queue = KeyQueue(7, 2)
        for first in (0, 6, 12):
            ids = torch.arange(first + 3 * rank, first + 3 * rank + 3)
            queue.enqueue(numbered(first + 3 * rank, 3), ids)
        return queue.state_dict()

    states = two_ranks(half)
    joined = KeyQueue(7, 2)
    for first in (0, 6, 12):
        joined.enqueue(numbered(first, 6), torch.arange(first, first + 6))
    for state in states:
        for name, tensor in joined.state_dict().items():
            assert torch.equal(state[name], tensor), name


@pytest.mark.parametrize("K", [3, 5, 100])
def test_the_ids_are_those_of_the_keys(K):
    queue, first = KeyQueue(K, 2), 0
    for B in BATCHES:
        queue.enqueue(numbered(first, B), torch.arange(first, first + B))
        first += B
        assert torch.equal(queue.filled[:, 0].long(), queue.filled_ids)
    queue.enqueue(numbered(0, 2))  # of recordings without a number
    assert (queue.filled_ids == -1).sum() == 2


def test_recordings_are_numbered_by_their_names():
    one, other = (
        recording_ids(["a/1.wav", "b"]),
        recording_ids(["b", "a/1.wav"]),
    )
    assert torch.equal(one, other.flip(0)) and (one >= 0).all()
    assert len(recording_ids([str(i) for i in range(5000)]).unique()) == 5000
