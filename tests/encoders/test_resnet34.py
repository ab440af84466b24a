"""ResNet34: the sizes its papers state, and pooling against the formulas."""

import pytest
import torch

from sb_contrastive.encoders import ResNet34

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


def test_an_unknown_pooling_is_refused():
    with pytest.raises(ValueError, match="pooling is one of statistics"):
        ResNet34(40, 16, pooling="max")
