"""ECAPA-TDNN's pooling with its context added once is that of SpeechBrain."""

import copy

import pytest
import torch
from speechbrain.lobes.models.ECAPA_TDNN import (
    ECAPA_TDNN,
    AttentiveStatisticsPooling,
)

from sb_contrastive.encoders.pooling.context import (
    ContextPooling,
    replace_context_pooling,
)


def results(network, x, lengths):
    """The output, and the gradients of input and weights."""
    x = x.clone().requires_grad_()
    z = network(x) if lengths is None else network(x, lengths)
    z.square().sum().backward()
    return [z.detach(), x.grad, *(p.grad for p in network.parameters())]


@pytest.mark.parametrize("global_context", [True, False])
@pytest.mark.parametrize("lengths", [None, [1.0, 1.0, 1.0], [1.0, 0.5, 0.35]])
def test_outputs_and_gradients_are_those_of_speechbrain(
    global_context, lengths
):
    torch.manual_seed(0)
    pooling = AttentiveStatisticsPooling(6, 4, global_context)
    ours = ContextPooling(copy.deepcopy(pooling))
    x = 3 + torch.randn(3, 6, 20)
    if lengths is not None:
        lengths = torch.tensor(lengths)
    for one, other in zip(
        results(pooling, x, lengths), results(ours, x, lengths), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_what_is_behind_the_end_of_a_row_has_no_influence():
    torch.manual_seed(0)
    ours = ContextPooling(AttentiveStatisticsPooling(6, 4)).eval()
    x, lengths = torch.randn(2, 6, 20), torch.tensor([1.0, 0.5])
    other = x.clone()
    other[1, :, 10:] = 7.0
    torch.testing.assert_close(ours(x, lengths), ours(other, lengths))
    alone = ours(x[1:, :, :10])
    torch.testing.assert_close(ours(x, lengths)[1:], alone)


def test_a_constant_channel_has_finite_gradients():
    ours = ContextPooling(AttentiveStatisticsPooling(6, 4))
    x = torch.randn(2, 6, 20)
    x[:, 0] = 1.0
    assert all(g.isfinite().all() for g in results(ours, x, None))


def test_a_network_keeps_its_weights_their_names_and_what_it_computes():
    torch.manual_seed(0)
    network = ECAPA_TDNN(
        20,
        lin_neurons=8,
        channels=[8, 8, 8, 8, 24],
        attention_channels=8,
        se_channels=8,
        res2net_scale=2,
    )
    before = torch.random.get_rng_state()
    ours = replace_context_pooling(copy.deepcopy(network))
    assert torch.equal(before, torch.random.get_rng_state())
    assert isinstance(ours.asp, ContextPooling)
    state = network.state_dict()
    assert list(ours.state_dict()) == list(state)
    ours.load_state_dict(state)
    x = torch.randn(3, 40, 20)
    torch.testing.assert_close(ours(x), network(x), rtol=1e-4, atol=1e-5)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(ours(x), network(x), rtol=0.1, atol=0.05)


def test_the_bits_of_a_row_do_not_depend_on_its_neighbours():
    torch.manual_seed(0)
    ours = ContextPooling(AttentiveStatisticsPooling(192, 64)).eval()
    x = torch.randn(9, 192, 50)
    together = ours(x)
    for number in range(len(x)):
        assert torch.equal(ours(x[number : number + 1])[0], together[number])
