"""Poolings over layers, each against loops over utterances, frames, layers and heads."""

import pytest
import torch

from sb_contrastive.encoders import (
    MHFA,
    LayerStatistics,
    PooledFrames,
    UtteranceEncoder,
)
from sb_contrastive.encoders.pooling.pooled_frames import POOLINGS
from sb_contrastive.encoders.pooling.weighted_layers import WeightedLayers

B, T, L, F = 3, 7, 4, 5


@pytest.fixture
def frames():
    generator = torch.Generator().manual_seed(0)
    return 3 + torch.randn(B, T, L * F, generator=generator)


def state(frames, b, t, layer):
    """The hidden state of one layer at one frame."""
    return frames[b, t, layer * F : (layer + 1) * F]


def randomised(module):
    generator = torch.Generator().manual_seed(1)
    for parameter in module.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator)
    return module.eval()


def layer_sum(frames, b, t, weights):
    shares = weights.exp() / weights.exp().sum()
    return sum(shares[k] * state(frames, b, t, k) for k in range(L))


@pytest.mark.parametrize("picked", [None, [0], [3, 1]])
def test_statistics_of_chosen_layers(frames, picked):
    pooling = LayerStatistics(L * F, L, picked)
    pooled = pooling(frames)
    assert pooled.shape == (B, 1, pooling.output_dim)
    for b in range(B):
        means, deviations = [], []
        for layer in picked or [1, 2, 3]:
            x = torch.stack([state(frames, b, t, layer) for t in range(T)])
            means.append(x.mean(dim=0))
            deviations.append(x.std(dim=0, correction=0))
        expected = torch.cat([*means, *deviations])
        torch.testing.assert_close(pooled[b, 0], expected)


@pytest.mark.parametrize("parts", [2, 3])
def test_means_of_parts_follow_the_statistics(frames, parts):
    pooling = LayerStatistics(L * F, L, [3, 1], parts)
    whole = LayerStatistics(L * F, L, [3, 1])(frames)
    pooled = pooling(frames)
    assert pooled.shape == (B, 1, pooling.output_dim)
    length = whole.shape[-1]
    assert torch.equal(pooled[..., :length], whole)
    means = [[] for _ in range(B)]
    for part in range(parts):
        first, last = part * T // parts, -(-(part + 1) * T // parts)
        for b in range(B):
            for layer in (3, 1):
                x = [state(frames, b, t, layer) for t in range(first, last)]
                means[b].append(torch.stack(x).mean(dim=0))
    expected = torch.stack([torch.cat(row) for row in means])
    torch.testing.assert_close(pooled[:, 0, length:], expected)


def test_one_state_is_read_as_it_is(frames):
    pooled = LayerStatistics(L * F)(frames)[:, 0]
    torch.testing.assert_close(pooled[:, : L * F], frames.mean(dim=1))


def test_a_layer_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="layer 4, .* gives the layers 0 to 3"):
        LayerStatistics(L * F, L, [1, 4])


def test_weighted_layers(frames):
    module = randomised(WeightedLayers(L))
    summed = module(frames)
    for b in range(B):
        for t in range(T):
            expected = layer_sum(frames, b, t, module.weights)
            torch.testing.assert_close(summed[b, t], expected)


def test_mhfa(frames):
    H, C = 2, 3
    module = randomised(MHFA(L * F, L, heads=H, compression=C))
    pooled = module(frames)
    for b in range(B):
        key = [
            layer_sum(frames, b, t, module.key_layers.weights) for t in range(T)
        ]
        value = [
            layer_sum(frames, b, t, module.value_layers.weights)
            for t in range(T)
        ]
        key = [module.key.weight @ k + module.key.bias for k in key]
        value = [module.value.weight @ v + module.value.bias for v in value]
        for h in range(H):
            scores = torch.stack([module.score.weight[h] @ k for k in key])
            attention = scores.exp() / scores.exp().sum()
            expected = sum(a * v for a, v in zip(attention, value))
            found = pooled[b, 0, h * C : (h + 1) * C]
            torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("pooling", ["weighted", "attentive"])
def test_statistics_of_weighted_layers(frames, pooling):
    module = randomised(PooledFrames(pooling, L * F, F))
    pooled = module(frames)
    pool = module.pool
    for b in range(B):
        x = [layer_sum(frames, b, t, pool.sum.weights) for t in range(T)]
        attention = torch.full((T,), 1 / T)
        if pooling == "attentive":
            part = pool.over_time
            scores = torch.cat([part.score(part.hidden(z).tanh()) for z in x])
            attention = scores.exp() / scores.exp().sum()
        mean = sum(a * z for a, z in zip(attention, x))
        variance = sum(a * (z - mean) ** 2 for a, z in zip(attention, x))
        expected = torch.cat([mean, variance.sqrt()])
        torch.testing.assert_close(pooled[b], expected, rtol=1e-3, atol=1e-4)


def backbone(pooling, lin_neurons=6):
    def ecapa(input_size, lin_neurons):
        from speechbrain.lobes.models.ECAPA_TDNN import ECAPA_TDNN

        return ECAPA_TDNN(
            input_size,
            lin_neurons=lin_neurons,
            channels=[8] * 5,
            kernel_sizes=[3, 3, 3, 3, 1],
            attention_channels=4,
            se_channels=4,
            res2net_scale=2,
        )

    return PooledFrames(pooling, L * F, F, lin_neurons, heads=2, ecapa=ecapa)


class Chopped(torch.nn.Module):
    """A front end whose frames are pieces of the waveform."""

    def forward(self, wavs):
        return wavs.unflatten(1, (-1, L * F))


@pytest.mark.parametrize("pooling", POOLINGS)
def test_padding_changes_no_embedding_and_the_affine_is_there(pooling):
    torch.manual_seed(0)
    network = backbone(pooling)
    encoder = UtteranceEncoder(
        Chopped(), network, None, affine=network.affine
    ).eval()
    long, short = torch.randn(1, 30 * L * F), torch.randn(1, 18 * L * F)
    padded = torch.full_like(long, 99.0)
    padded[:, : short.shape[1]] = short
    both = encoder(torch.cat([long, padded]), torch.tensor([1.0, 0.6]))
    assert both.shape == (2, encoder.embedding_dim) == (2, 6)
    torch.testing.assert_close(both[:1], encoder(long))
    torch.testing.assert_close(both[1:], encoder(short))
    trained = {id(p) for m in encoder.affine_modules() for p in m.parameters()}
    assert id([*network.parameters()][-1]) in trained


@pytest.mark.parametrize("pooling", ["statistics", "weighted", "mhfa"])
def test_statistics_are_in_float32_under_autocast(frames, pooling):
    network = randomised(backbone(pooling, lin_neurons=None))
    expected = network(frames)
    with torch.autocast("cpu", torch.bfloat16):
        found = network(frames)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected)


def test_without_a_linear_layer_the_embedding_is_what_is_pooled(frames):
    network = backbone("statistics", lin_neurons=None)
    assert network.affine == [] and network.embedding_dim == 2 * 3 * F
    expected = LayerStatistics(L * F, L)(frames)[:, 0]
    assert torch.equal(network(frames), expected)


def test_values_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="did you mean 'mhfa'"):
        PooledFrames("mfha", 4)
    with pytest.raises(ValueError, match="pooled_layers belongs to"):
        PooledFrames("mhfa", 4, pooled_layers=[0])
    with pytest.raises(ValueError, match="ecapa needs"):
        PooledFrames("ecapa", 4)
