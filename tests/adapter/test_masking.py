"""Masks: never on padding, the same for the same key, the shares of the papers."""

import numpy as np
import pytest
import torch

from sb_contrastive.adapter import FrameMasking, MaskVector
from sb_contrastive.data.randomness import keyed_generator

COUNTS = [100, 1, 2, 3, 19, 20, 21, 57]
NAMES = [f"utt{i}" for i in range(len(COUNTS))]


@pytest.mark.parametrize("strategy", ["span", "block"])
@pytest.mark.parametrize("epoch", [0, 1, 2])
def test_padding_is_never_masked_nor_seen(strategy, epoch):
    masking = FrameMasking(strategy, p=0.8, seed=1)
    masking.epoch = epoch
    masked, source = masking(NAMES, COUNTS, 100)
    for row, count in enumerate(COUNTS):
        assert not masked[row, count:].any()
        own = torch.arange(100)
        assert torch.equal(source[row, count:], own[count:])
        changed = source[row] != own
        assert not (changed & ~masked[row]).any()
        assert (source[row, :count] < count).all()
        assert masked[row].any() == (count > 1)


@pytest.mark.parametrize("strategy", ["span", "block"])
def test_a_mask_depends_on_its_key_alone(strategy):
    masking = FrameMasking(strategy, seed=1)
    together = masking(NAMES, COUNTS, 100)
    for row, (name, count) in enumerate(zip(NAMES, COUNTS)):
        alone = masking([name], [count], count)
        for whole, one in zip(together, alone):
            assert torch.equal(whole[row, :count], one[0])
    masks = [together.masked[0]]
    for seed, epoch, name in ((2, 0, "utt0"), (1, 1, "utt0"), (1, 0, "other")):
        other = FrameMasking(strategy, seed=seed)
        other.epoch = epoch
        masks.append(other([name], [100], 100).masked[0])
    assert len({tuple(m.tolist()) for m in masks}) == 4


@pytest.mark.parametrize("p, share", [(0.65, 0.49), (0.80, 0.57)])
def test_spans_cover_the_share_that_the_papers_have(p, share):
    masking, T = FrameMasking(p=p, span=10), 1000
    names = [str(i) for i in range(200)]
    masked = masking(names, [T] * 200, T).masked
    assert masked.float().mean().item() == pytest.approx(share, abs=0.01)


def test_spans_equal_a_loop_over_starts():
    masking, T = FrameMasking(p=0.65, span=10, seed=7), 150
    masked = masking(["utt"], [T], T).masked[0]
    rng = keyed_generator(7, 0, "utt", "mask")
    number = int(0.65 * T / 10 + rng.random())
    starts = rng.choice(T - 9, number, replace=False)
    assert len(set(starts)) == number in (9, 10)
    for t in range(T):
        assert masked[t] == any(s <= t < s + 10 for s in starts)


def test_blocks_are_whole_and_do_not_overlap():
    masking, T = FrameMasking("block", p=0.8, span=10), 205
    names = [str(i) for i in range(400)]
    masked, source = masking(names, [T] * 400, T)
    kinds = {"vector": 0, "other": 0, "own": 0}
    chosen = 0
    for row in range(400):
        for start in range(0, T, 10):
            block = masked[row, start : start + 10]
            assert block.all() or not block.any()
            if not block.any():
                continue
            chosen += 1
            seen = source[row, start : start + 10]
            own = torch.arange(start, start + len(seen))
            if (seen == -1).all():
                kinds["vector"] += 1
            elif torch.equal(seen, own):
                kinds["own"] += 1
            else:
                assert (seen != own).all() and (seen >= 0).all()
                kinds["other"] += 1
    assert chosen / (400 * 21) == pytest.approx(0.8, abs=0.01)
    shares = np.array(list(kinds.values())) / chosen
    np.testing.assert_allclose(shares, [0.9, 0.05, 0.05], atol=0.01)


def test_never_all_blocks_are_chosen():
    masking = FrameMasking("block", p=1.0, span=10)
    masked = masking(["a", "b"], [20, 35], 35).masked
    assert masked[0].sum() == 10
    assert 35 - masked[1].sum() in (5, 10)


@pytest.mark.parametrize("count", [2, 3, 12, 19])
def test_a_short_row_has_one_span_of_half_its_frames(count):
    starts = set()
    for i in range(120):
        masked = FrameMasking(seed=i)(["utt"], [count], 30).masked[0]
        where = masked.nonzero().squeeze(1)
        assert len(where) == count // 2 == where[-1] - where[0] + 1
        starts.add(int(where[0]))
    assert starts == set(range(count - count // 2 + 1))


def test_vector_and_other_frames_take_their_place():
    vector, frames = MaskVector(3), torch.randn(2, 4, 3)
    source = torch.tensor([[0, -1, 3, 3], [2, 1, -1, -1]])
    seen = vector(frames, source)
    for b in range(2):
        for t in range(4):
            s = source[b, t]
            expected = vector.vector if s == -1 else frames[b, s]
            assert torch.equal(seen[b, t], expected)
    seen.sum().backward()
    assert vector.vector.grad.tolist() == [3.0, 3.0, 3.0]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"strategy": "spann"}, "span, block.*'span'"),
        ({"p": 0.0}, "p is a share"),
        ({"span": 0}, "at least one frame"),
    ],
)
def test_impossible_masks_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        FrameMasking(**options)
