"""Attentive pooling against a loop over utterances, frames and channels."""

import math

import pytest
import torch

from sb_contrastive.encoders import AttentivePooling, MeanPooling

T = 12


def slow(pooling, frames):
    """One utterance [T, D] at a time, by the paper's sum z^2 - mu^2."""
    w, b = pooling.hidden.weight.double(), pooling.hidden.bias.double()
    v = pooling.score.weight.double()
    mean, std = [], []
    for d in range(frames.shape[1]):
        row = v[d] if len(v) > 1 else v[0]
        scores = [float(row @ torch.tanh(w @ z.double() + b)) for z in frames]
        total = sum(math.exp(s) for s in scores)
        alpha = [math.exp(s) / total for s in scores]
        first = sum(a * float(z[d]) for a, z in zip(alpha, frames))
        second = sum(a * float(z[d]) ** 2 for a, z in zip(alpha, frames))
        mean.append(first)
        std.append(math.sqrt(max(second - first**2, 1e-6)))
    return torch.tensor(mean + (std if pooling.std else []))


@pytest.fixture(autouse=True)
def same_numbers():
    torch.manual_seed(0)


@pytest.mark.parametrize("channelwise", [False, True])
@pytest.mark.parametrize("std", [False, True])
def test_equals_the_loop_on_each_rows_own_frames(channelwise, std):
    pooling = AttentivePooling(4, 6, channelwise, std)
    frames, counts = torch.randn(3, T, 4), [T, 5, 1]
    lengths = torch.tensor(counts) / T
    with torch.no_grad():
        pooled = pooling(frames, lengths)
        assert pooled.shape == (3, 1, pooling.output_dim)
        for row, x, count in zip(pooled[:, 0], frames, counts):
            torch.testing.assert_close(
                row, slow(pooling, x[:count]), rtol=1e-4, atol=1e-5
            )


@pytest.mark.parametrize("channelwise", [False, True])
def test_constant_scores_give_mean_and_deviation(channelwise):
    pooling = AttentivePooling(4, channelwise=channelwise)
    torch.nn.init.zeros_(pooling.score.weight)
    frames = torch.randn(2, T, 4)
    expected = torch.cat(
        [frames.mean(dim=1), frames.std(dim=1, correction=0)], dim=-1
    )
    torch.testing.assert_close(pooling(frames)[:, 0], expected)


@pytest.mark.parametrize("pooling", [AttentivePooling(4), MeanPooling(4)])
def test_padding_has_no_part_in_it(pooling):
    frames, lengths = torch.randn(2, T, 4), torch.tensor([1.0, 0.5])
    dirty = frames.clone()
    dirty[1, 6:] = float("nan")
    assert torch.equal(pooling(dirty, lengths), pooling(frames, lengths))
    alone = pooling(frames[1:, :6])
    torch.testing.assert_close(pooling(frames, lengths)[1:], alone)


def test_attention_finds_the_frames_that_carry_the_class():
    # One frame in twelve says which class it is
    pooling = AttentivePooling(4, 8, std=False)
    classifier = torch.nn.Linear(4, 2)
    parameters = [*pooling.parameters(), *classifier.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=0.03)
    target = torch.arange(64) % 2
    frames = torch.randn(64, T, 4)
    frames[:, :, 0] = 0.0
    where = torch.randint(T, (64,))
    frames[range(64), where, 0] = 4.0 - 8.0 * target
    for _ in range(60):
        logits = classifier(pooling(frames).squeeze(1))
        loss = torch.nn.functional.cross_entropy(logits, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.2


def test_a_constant_channel_has_a_finite_gradient():
    frames = torch.ones(1, T, 2, requires_grad=True)
    AttentivePooling(2)(frames).sum().backward()
    assert frames.grad.isfinite().all()


@pytest.mark.parametrize(
    "channelwise, parameters", [(False, 131_328), (True, 262_272)]
)
def test_number_of_parameters(channelwise, parameters):
    pooling = AttentivePooling(1024, 128, channelwise)
    assert sum(p.numel() for p in pooling.parameters()) == parameters


def test_half_precision_is_pooled_in_float32():
    pooling, frames = AttentivePooling(4), torch.randn(2, T, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = pooling(frames)
    assert inside.dtype == torch.float32
    assert torch.equal(inside, pooling(frames))
