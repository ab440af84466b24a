"""Without idle padding, outputs and gradients have the same bits."""

import copy

import pytest
import torch
from speechbrain.lobes.models.ECAPA_TDNN import ECAPA_TDNN
from speechbrain.lobes.models.Xvector import Xvector
from speechbrain.nnet.CNN import Conv1d

from sb_contrastive.encoders.padding.idle import remove_idle_padding


def ecapa():
    return ECAPA_TDNN(
        input_size=20,
        lin_neurons=8,
        channels=[8, 8, 8, 8, 24],
        attention_channels=8,
        se_channels=8,
        res2net_scale=2,
    )


def xvector():
    return Xvector(
        in_channels=20,
        tdnn_blocks=3,
        tdnn_channels=[8, 8, 16],
        tdnn_kernel_sizes=[5, 1, 1],
        tdnn_dilations=[1, 1, 1],
        lin_neurons=8,
    )


@pytest.mark.parametrize("make", [ecapa, xvector])
def test_the_same_bits(make):
    torch.manual_seed(0)
    network = make()
    spared = remove_idle_padding(copy.deepcopy(network))
    paddings = [
        {m.padding for m in n.modules() if isinstance(m, Conv1d)}
        for n in (network, spared)
    ]
    assert paddings == [{"same"}, {"same", "valid"}]
    x = torch.randn(3, 40, 20)
    results = []
    for n in (network, spared):
        torch.manual_seed(1)  # the pooling of an x-vector adds noise
        z = n(x)
        z.square().sum().backward()
        results.append([z, *(p.grad for p in n.parameters())])
    for one, other in zip(*results):
        assert torch.equal(one, other)


@pytest.mark.parametrize(
    "options", [{"kernel_size": 3}, {"kernel_size": 1, "stride": 2}]
)
def test_other_padding_stays(options):
    conv = Conv1d(out_channels=4, in_channels=8, **options)
    assert remove_idle_padding(conv).padding == "same"
