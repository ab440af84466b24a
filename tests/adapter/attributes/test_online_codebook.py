"""The online codebook against a loop over codes, and in two processes."""

import pytest
import torch

from sb_contrastive.adapter import OnlineCodebook

K, D = 6, 3


def batches(number=5, B=4, T=9):
    generator = torch.Generator().manual_seed(0)
    for _ in range(number):
        h = torch.randn(B, T, D, generator=generator)
        where = torch.rand(B, T, generator=generator) < 0.4
        h[~where] += 50.0  # what is not masked has no part in it
        yield h, where


def started(**options):
    codebook = OnlineCodebook(K, D, **options)
    generator = torch.Generator().manual_seed(1)
    codebook.fit(torch.randn(100, D, generator=generator), epoch=1)
    return codebook


def test_two_clusters_by_hand():
    codebook = OnlineCodebook(2, 1, decay=0.9)
    codebook.fit(torch.tensor([[0.0], [10.0]]), epoch=1)
    zero = int(codebook.centroids.argmin())
    h = torch.tensor([[[1.0], [2.0], [12.0], [77.0]]])
    where = torch.tensor([[True, True, True, False]])
    codebook.update(h, codebook.nearest(h), where)
    # s = 0.9 * 0 + 0.1 * 3, n = 0.9 + 0.1 * 2; s = 9 + 1.2, n = 0.9 + 0.1
    c = codebook.centroids.flatten()
    assert c[zero].item() == pytest.approx(0.3 / 1.1)
    assert c[1 - zero].item() == pytest.approx(10.2)


def test_equals_a_loop_over_codes():
    codebook = started(decay=0.7)
    s, n = codebook.centroids.clone(), torch.ones(K)
    for h, where in batches():
        c = s / n[:, None]
        codebook.update(h, codebook.nearest(h), where)
        frames = h[where]
        y = [int(((c - f) ** 2).sum(1).argmin()) for f in frames]
        for k in range(K):
            mine = [f for f, label in zip(frames, y) if label == k]
            if mine:
                s[k] = 0.7 * s[k] + 0.3 * sum(mine)
                n[k] = 0.7 * n[k] + 0.3 * len(mine)
        torch.testing.assert_close(codebook.centroids, s / n[:, None])


def test_labels_are_the_nearest_centroids():
    codebook = started()
    h = torch.randn(2, 50, D)
    distances = ((h[:, :, None] - codebook.centroids) ** 2).sum(-1)
    assert torch.equal(codebook.nearest(h), distances.argmin(-1))
    codebook.temperature = 0.5
    torch.testing.assert_close(
        codebook.probabilities(h), (-distances / 0.5).softmax(-1)
    )


def test_it_starts_from_frames_of_its_own():
    codebook = OnlineCodebook(K, D)
    assert codebook.due(1) and codebook.due(7)
    frames = torch.randn(40, D)
    codebook.fit(frames, epoch=1)
    assert not codebook.due(1) and not codebook.due(7)
    chosen = {tuple(c.tolist()) for c in codebook.centroids}
    assert len(chosen) == K
    assert chosen <= {tuple(f.tolist()) for f in frames}


def test_too_few_frames_are_refused():
    with pytest.raises(ValueError, match="5 frames cannot start 6"):
        OnlineCodebook(K, D).fit(torch.randn(5, D), epoch=1)


def test_a_dead_code_becomes_the_worst_explained_frame():
    codebook = OnlineCodebook(3, 1, dead_after=2, decay=0.0)
    codebook.fit(torch.tensor([[0.0], [10.0], [1000.0]]), epoch=1)
    far = int(codebook.centroids.argmax())
    # 4 is worst explained; the 500 beside it does not count
    h = torch.tensor([[[0.0], [0.0], [4.0], [10.0], [10.0], [500.0]]])
    where = torch.tensor([[True, True, True, True, True, False]])
    for step in range(4):
        codebook.update(h, codebook.nearest(h), where)
        alive = codebook.centroids.flatten()[far].item()
        assert (alive == 1000) == (step == 0)
    assert codebook.centroids.flatten().sort().values.tolist() == [0, 4, 10]
    assert codebook.unused.tolist() == [0, 0, 0]


def test_more_dead_codes_than_frames_are_revived_in_turn():
    codebook = OnlineCodebook(4, 1, dead_after=1)
    codebook.fit(torch.tensor([[0.0], [100.0], [200.0], [300.0]]), epoch=1)
    h = torch.tensor([[[1.0], [-2.0]]])
    codebook.update(h, codebook.nearest(h), torch.ones(1, 2).bool())
    # Two frames, three dead codes: the first two take the frames
    assert (codebook.centroids > 90).sum() == 1
    assert codebook.centroids.isfinite().all()


def test_a_batch_without_masked_frames_moves_nothing():
    codebook = started()
    before = codebook.centroids.clone()
    h = torch.randn(2, 4, D)
    codebook.update(h, codebook.nearest(h), torch.zeros(2, 4).bool())
    assert torch.equal(codebook.centroids, before)


def test_it_finds_clusters_that_drift_and_uses_them_all():
    generator = torch.Generator().manual_seed(0)
    centres = 6 * torch.randn(K, D, generator=generator)
    codebook = OnlineCodebook(K, D)

    def draw():
        label = torch.randint(K, (1, 300), generator=generator)
        noise = torch.randn(1, 300, D, generator=generator)
        return label, centres[label] + 0.3 * noise

    codebook.fit(draw()[1][0], epoch=1)
    for _ in range(100):
        centres += 0.01
        label, h = draw()
        codebook.update(h, codebook.nearest(h), torch.ones(1, 300).bool())
    apart = torch.cdist(centres, codebook.centroids).min(dim=1).values
    assert apart.max() < 0.3
    assert codebook.perplexity() > 0.9 * K


def test_perplexity_is_that_of_the_usage_average():
    codebook = OnlineCodebook(4, 1, usage_decay=0.5)
    codebook.fit(torch.tensor([[0.0], [1.0], [2.0], [3.0]]), epoch=1)
    everywhere = torch.ones(1, 4).bool()
    usage = torch.zeros(4)
    for frames in ([0.0, 1.0, 2.0, 3.0], [2.0, 2.0, 2.0, 3.0]):
        h = torch.tensor(frames)[None, :, None]
        ids = codebook.nearest(h)
        codebook.update(h, ids, everywhere)
        usage = 0.5 * usage + 0.5 * ids.flatten().bincount(minlength=4) / 4
    p = usage / usage.sum()
    expected = (-(p * p.log()).sum()).exp()
    torch.testing.assert_close(codebook.perplexity(), expected)


def test_state_round_trip_continues_bit_for_bit(tmp_path):
    whole, first, second = started(), started(), OnlineCodebook(K, D)
    for number, (h, where) in enumerate(batches()):
        whole.update(h, whole.nearest(h), where)
        if number < 2:
            first.update(h, first.nearest(h), where)
        else:
            if number == 2:
                torch.save(first.state_dict(), tmp_path / "codebook.ckpt")
                second.load_state_dict(torch.load(tmp_path / "codebook.ckpt"))
                assert not second.due(2)
            second.update(h, second.nearest(h), where)
    for name, tensor in whole.state_dict().items():
        assert torch.equal(second.state_dict()[name], tensor), name


def test_half_precision_frames_are_kept_in_float32():
    codebook, (h, where) = started(), next(iter(batches()))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        ids = codebook.nearest(h)
        codebook.update(h.bfloat16(), ids, where)
    assert torch.equal(ids, started().nearest(h))
    for name, tensor in codebook.named_buffers():
        assert tensor.dtype in (torch.float32, torch.int64), name


def run(rows):
    codebook = OnlineCodebook(K, D, dead_after=2)
    generator = torch.Generator().manual_seed(1)
    codebook.sums.copy_(torch.randn(K, D, generator=generator))
    codebook.sums[3] = 1000.0  # nothing is near: it will be revived
    codebook.counts.fill_(1.0)
    codebook.centroids.copy_(codebook.sums)
    for h, where in batches():
        h, where = h[rows], where[rows]
        codebook.update(h, codebook.nearest(h), where)
    assert codebook.centroids.abs().max() < 10
    return codebook.state_dict()


def test_two_processes_equal_one_with_the_joined_batch(two_ranks):
    halves = two_ranks(lambda rank: run(slice(2 * rank, 2 * rank + 2)))
    joined = run(slice(None))
    for state in halves:
        for name, tensor in joined.items():
            torch.testing.assert_close(state[name], tensor, msg=name)
