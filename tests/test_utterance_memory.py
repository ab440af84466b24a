"""The memory keeps the last embedding of each utterance, and labels stay beside their keys."""

import pytest
import torch
from torch.nn.functional import normalize

from sb_contrastive.queue import KeyQueue, recording_ids
from sb_contrastive.utterance_memory import UtteranceMemory


def test_it_is_a_dictionary():
    memory, known = UtteranceMemory(12, 2), {}
    generator = torch.Generator().manual_seed(0)
    for step in range(9):
        names = [f"utt{(5 * step + i) % 11}" for i in range(4)]
        rows = torch.randn(2, 4, 2, generator=generator)
        memory.write(names, rows)
        known.update(zip(names, rows.transpose(0, 1)))
    assert memory.filled.shape == (2, 11, 2)
    for name, row in known.items():
        (place,) = memory.places([name]).tolist()
        assert torch.equal(memory.embeddings[:, place], row.half())
    assert memory.places(["stranger"]).tolist() == [-1]
    other = UtteranceMemory(12, 2)
    other.load_state_dict(memory.state_dict())
    assert torch.equal(other.places(["utt3"]), memory.places(["utt3"]))


def test_a_full_memory_forgets_the_first():
    memory = UtteranceMemory(2, 1, views=1)
    for name in "abc":
        memory.write([name], torch.zeros(1, 1, 1))
    assert memory.places(["a", "b", "c"]).tolist() == [-1, 1, 0]


def test_half_of_the_bytes_keep_cosines():
    generator = torch.Generator().manual_seed(0)
    z = normalize(torch.randn(1, 50, 512, generator=generator), dim=2)
    memory = UtteranceMemory(50, 512, views=1)
    memory.write([f"u{i}" for i in range(50)], z)
    assert memory.embeddings.nbytes == 50 * 512 * 2
    stored = memory.filled[0].float()
    torch.testing.assert_close(
        stored @ stored.T, z[0] @ z[0].T, rtol=0, atol=1e-4
    )


def test_a_memory_without_room_says_what_to_do():
    memory = UtteranceMemory(None, 2)
    with pytest.raises(ValueError, match=r"no room yet: call prepare\(rows\)"):
        memory.write(["a"], torch.zeros(2, 1, 2))
    memory.make_room(1)
    memory.write(["a"], torch.zeros(2, 1, 2))
    assert memory.places(["a"]).tolist() == [0]


def test_utterances_that_are_known_are_not_sorted_again():
    memory = UtteranceMemory(4, 1, views=1)
    memory.write(["a", "b"], torch.zeros(1, 2, 1))
    memory.places(["a"])
    order = memory.sorted
    memory.write(["b", "a"], torch.ones(1, 2, 1))
    assert memory.places(["b"]).tolist() == [1] and memory.sorted is order
    memory.write(["c"], torch.ones(1, 1, 1))
    assert memory.places(["c"]).tolist() == [2]


def test_two_processes_write_as_one(two_ranks):
    rows = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0))

    def write(rank):
        memory, queue = UtteranceMemory(6, 3), KeyQueue(5, 3)
        share = slice(2 * rank, 2 * rank + 2)
        memory.write(list("abcd")[share], rows[:, share])
        queue.enqueue(rows[0, share], torch.arange(4)[share])
        return {**memory.state_dict(), **queue.state_dict()}

    memory, queue = UtteranceMemory(6, 3), KeyQueue(5, 3)
    memory.write(list("abcd"), rows)
    queue.enqueue(rows[0], torch.arange(4))
    expected = {**memory.state_dict(), **queue.state_dict()}
    for state in two_ranks(write):
        torch.testing.assert_close(state, expected, rtol=0, atol=0)


def test_numbers_are_those_of_the_names_alone():
    first = recording_ids(["a", "b"])
    assert torch.equal(recording_ids(["b", "a"]), first.flip(0))
    assert (first != 0).all()


def test_labels_follow_their_keys_around():
    queue = KeyQueue(5, 1)
    for step in range(4):
        numbers = torch.arange(3 * step, 3 * step + 3)
        queue.enqueue(numbers[:, None].float(), numbers)
    assert torch.equal(queue.filled[:, 0].long(), queue.filled_ids)
    assert sorted(queue.filled_ids.tolist()) == [7, 8, 9, 10, 11]
