"""Parts of a network by name, and what they put out."""

import pytest
import torch

from sb_contrastive.encoders.submodules import outputs_of, submodule


def network():
    inner = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU())
    return torch.nn.Sequential(inner, torch.nn.Flatten(0))


def test_a_part_has_a_dotted_name():
    net = network()
    assert submodule(net, "0.1") is net[0][1]


def test_an_unknown_part_is_refused_with_the_nearest():
    with pytest.raises(
        ValueError, match="its parts are 0, 1; did you mean '0.1'"
    ):
        submodule(network(), "0.11")


def test_outputs_are_collected_call_by_call_and_no_longer():
    net, x = network(), torch.randn(4, 3)
    with outputs_of(net[0]) as outputs:
        net(x)
        net(2 * x)
    net(x)
    assert len(outputs) == 2
    assert torch.equal(outputs[1], net[0](2 * x))


def test_an_error_removes_the_hook_too():
    net = network()
    with pytest.raises(RuntimeError):
        with outputs_of(net[0]) as outputs:
            net(torch.randn(4, 5))
    net(torch.randn(4, 3))
    assert outputs == []
