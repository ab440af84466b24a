"""ResNet34: the sizes its papers state, and pooling against the formulas."""

import pytest
import torch

from sb_contrastive.encoders import ResNet34
from sb_contrastive.encoders.resnet34 import (
    ChannelAttentivePooling,
    MeanAndDeviation,
    SelfAttentivePooling,
)

FAST = {
    "strides": [1, 2, 2, 1],
    "stem_kernel": 7,
    "stem_stride": [2, 1],
    "se_reduction": 8,
    "pooling": "self_attentive",
}
THIN = {"se_reduction": 8, "pooling": "channel_attentive"}
LRESNET = {"input_size": 80, "lin_neurons": 256, "embedding_norm": True}


@pytest.mark.parametrize(
    "options, millions",
    [
        (FAST, 1.44),  # Lepage & Dehak 2024
        (THIN, 1.85),  # Lepage & Dehak 2023
        (
            {**THIN, "channels": [32, 64, 128, 256], "lin_neurons": 1024},
            7.05,  # the large one of 2023
        ),
        (LRESNET, 1.99),  # "about 2 M" (Cho et al. 2022)
    ],
)
def test_it_has_as_many_parameters_as_published(options, millions):
    network = ResNet34(**{"input_size": 40, "lin_neurons": 512, **options})
    count = sum(p.numel() for p in network.parameters())
    assert count / 1e6 == pytest.approx(millions, abs=0.006)


@pytest.mark.parametrize("options", [FAST, THIN, LRESNET])
@pytest.mark.parametrize("frames", [1, 7, 50])
def test_one_embedding_per_row_whatever_the_batch(options, frames):
    network = ResNet34(**{"input_size": 40, "lin_neurons": 16, **options})
    network.eval()
    x = torch.randn(3, frames, options.get("input_size", 40))
    together = network(x)
    assert together.shape[0] == 3 and together.ndim == 2
    torch.testing.assert_close(
        together,
        torch.cat([network(row[None]) for row in x]),
        atol=1e-4,
        rtol=1e-4,
    )


def test_the_bottleneck_of_lresnet34_is_2560():
    assert ResNet34(**LRESNET).pooling.output_size == 2560  # 2 x 128 x 10


def test_statistics_are_those_of_every_channel_and_band():
    x = torch.randn(2, 3, 4, 9)
    pooled = MeanAndDeviation(3, 4)(x)
    mean, std = x.mean(dim=3), x.std(dim=3, unbiased=False)
    expected = torch.cat([mean.flatten(1), std.flatten(1)], dim=1)
    torch.testing.assert_close(pooled, expected)


def test_statistics_of_a_constant_have_a_gradient():
    x = torch.ones(1, 1, 1, 5, requires_grad=True)
    MeanAndDeviation(1, 1)(x).sum().backward()
    assert x.grad.isfinite().all()


def test_self_attention_frame_by_frame():
    pool, x = SelfAttentivePooling(3, 4), torch.randn(1, 3, 4, 6)
    frames = [x[0, :, :, t].mean(dim=1) for t in range(6)]
    W, b, v = (*pool.attention[0].parameters(), pool.attention[2].weight[0])
    marks = torch.stack([v @ torch.tanh(W @ f + b) for f in frames])
    weights = marks.exp() / marks.exp().sum()
    expected = sum(w * f for w, f in zip(weights, frames))
    torch.testing.assert_close(pool(x)[0], expected)


def test_channel_attention_weighs_each_channel_on_its_own():
    pool, x = ChannelAttentivePooling(2, 2).eval(), torch.randn(1, 2, 2, 5)
    flat = x.flatten(1, 2)
    weights = pool.attention(flat).softmax(dim=2)
    assert not torch.allclose(weights[0, 0], weights[0, 1])
    expected = [(weights[0, c] * flat[0, c]).sum() for c in range(4)]
    torch.testing.assert_close(pool(x)[0], torch.stack(expected))


def test_an_unknown_pooling_is_refused():
    with pytest.raises(ValueError, match="pooling is one of statistics"):
        ResNet34(40, 16, pooling="max")
