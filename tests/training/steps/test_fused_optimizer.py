"""Adam is fused, and makes the same steps as the one that is not."""

import functools

import pytest
import torch

from sb_contrastive.training.steps.fused_optimizer import make_optimizer

CLASSES = [
    functools.partial(torch.optim.AdamW, weight_decay=0.1),
    torch.optim.Adam,
    functools.partial(torch.optim.SGD, momentum=0.9),
]


def trained(make):
    torch.manual_seed(0)
    layer = torch.nn.Linear(5, 3).double()
    optimizer = make([{"params": list(layer.parameters()), "lr": 0.01}])
    for _ in range(5):
        optimizer.zero_grad()
        layer(torch.randn(4, 5).double()).square().mean().backward()
        optimizer.step()
    return layer.weight.detach()


@pytest.mark.parametrize("opt_class", CLASSES)
def test_the_same_steps(opt_class):
    fused = trained(functools.partial(make_optimizer, opt_class))
    plain = trained(functools.partial(opt_class, foreach=False))
    torch.testing.assert_close(fused, plain, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("option", ["fused", "foreach"])
def test_a_choice_is_kept(option):
    groups = [{"params": [torch.nn.Parameter(torch.zeros(2))]}]
    chosen = functools.partial(torch.optim.AdamW, **{option: False})
    optimizer = make_optimizer(chosen, groups)
    assert optimizer.defaults[option] is False
    assert not optimizer.defaults["fused"]


def test_others_are_made_as_they_are():
    weights = torch.nn.Parameter(torch.zeros(2))
    optimizer = make_optimizer(torch.optim.SGD, [{"params": [weights]}])
    assert not optimizer.defaults["fused"]
