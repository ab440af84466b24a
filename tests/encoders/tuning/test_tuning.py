"""What is trained of a pretrained network, for every family."""

import copy

import pytest
import torch

from sb_contrastive import EMATeacher
from sb_contrastive.encoders import Tuning, UtteranceEncoder

FAMILIES = ["hubert", "wav2vec2", "wavlm", "whisper"]
ADAPTERS = ["lora", "houlsby"]
WAYS = [*ADAPTERS, "top_k", "all"]


@pytest.fixture(scope="module", params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture(scope="module")
def wavs():
    return 0.1 * torch.randn(
        2, 8000, generator=torch.Generator().manual_seed(0)
    )


def trained(module):
    return {name for name, p in module.named_parameters() if p.requires_grad}


def step(module, wavs, rate=0.1):
    """Take one step of gradient descent on a loss that all frames enter."""
    module(wavs).square().mean().backward()
    moved = {n for n, p in module.named_parameters() if p.grad is not None}
    torch.optim.SGD(module.parameters(), rate).step()
    module.zero_grad()
    return moved


def tuned(front_end, family, tune, **options):
    options = {"top_layers": 1, "rank": 2, "bottleneck": 3, **options}
    return front_end(family, layers="all", tuning=Tuning(tune, **options))


@pytest.mark.parametrize("tune", WAYS)
def test_at_first_the_frames_are_those_of_the_frozen_network(
    front_end, family, tune, wavs
):
    frozen = front_end(family, layers="all")
    torch.testing.assert_close(
        tuned(front_end, family, tune)(wavs), frozen(wavs), rtol=0, atol=1e-6
    )


@pytest.mark.parametrize("tune", WAYS)
def test_what_is_trained_gets_gradients_and_nothing_else_moves(
    front_end, family, tune, wavs
):
    module = tuned(front_end, family, tune)
    module.requires_grad_(True)  # as a Brain does
    names = trained(module)
    fixed = {k: v.clone() for k, v in module.tuned.fixed.tensors.items()}
    before = module(wavs).detach()
    assert step(module, wavs) == names
    if tune in ADAPTERS:
        assert names and all("adapter_" in name for name in names)
    if tune == "top_k":
        assert any(".layers.1." in name for name in names)
        assert not any(".layers.0." in name or "conv" in name for name in names)
    if tune == "all":
        assert any(".layers.0." in name for name in names)
    assert not torch.allclose(module(wavs), before)
    for place, tensor in module.tuned.fixed.tensors.items():
        assert torch.equal(tensor, fixed[place])


def test_all_without_a_learning_rate_equals_none(front_end, family, wavs):
    module = tuned(front_end, family, "all")
    step(module, wavs, rate=0.0)
    frozen = front_end(family, layers="all")
    # A tuned network has another kernel of attention, whose last digit differs
    torch.testing.assert_close(
        module.eval()(wavs).detach(), frozen(wavs), rtol=1e-6, atol=1e-6
    )
    weights = frozen.frozen.network.state_dict()
    for name, weight in module.tuned.network.state_dict().items():
        assert torch.equal(weight, weights[name])


@pytest.mark.parametrize("tune", WAYS)
def test_a_checkpoint_holds_what_is_trained_and_whose_it_is(
    front_end, family, tune, wavs
):
    module = tuned(front_end, family, tune)
    step(module, wavs)
    state = module.state_dict()
    assert {n for n in state if not n.endswith("_extra_state")} == trained(
        module
    )
    other = tuned(front_end, family, tune)
    other.load_state_dict(state)
    assert torch.equal(other.eval()(wavs), module.eval()(wavs))
    frozen = front_end(family).frozen.digest()
    assert bytes(state["_extra_state"].tolist()) == frozen


def test_another_base_is_refused(front_end):
    state = tuned(front_end, "hubert", "lora").state_dict()
    with pytest.raises(ValueError, match="another frozen encoder"):
        tuned(front_end, "wav2vec2", "lora").load_state_dict(state)


def test_copies_share_what_is_fixed_and_nothing_else(front_end, family, wavs):
    module = tuned(front_end, family, "lora")
    other = copy.deepcopy(module)
    before = other(wavs).detach()
    step(module, wavs)
    assert torch.equal(other(wavs), before)
    own = dict(module.tuned.network.named_modules())
    for name, part in other.tuned.network.named_modules():
        for key, value in vars(part).items():
            if isinstance(value, torch.Tensor):
                assert value is vars(own[name])[key]
    moved = copy.deepcopy(module).double()  # as a move to a device would
    assert (
        moved.tuned.network.get_submodule(module.layout.layers)[
            0
        ].final_layer_norm.weight.dtype
        == torch.float64
    )


def test_a_teacher_follows_what_is_trained_and_hears_all(
    front_end, family, wavs
):
    module = tuned(front_end, family, "lora")
    teacher = EMATeacher(module).train()
    assert not any(m.training for m in teacher.network.tuned.modules())
    step(module, wavs)
    teacher.update(module, momentum=0.0)
    with torch.no_grad():  # as the teacher: kernels may differ otherwise
        assert torch.equal(teacher(wavs), module.eval()(wavs))


def test_merged_equals_unmerged(front_end, family, wavs):
    module = tuned(front_end, family, "lora")
    step(module, wavs, rate=1.0)
    before = module.eval()(wavs).detach()
    module.tuned.merge()
    assert not any("adapter_" in name for name in module.tuned.state_dict())
    assert len(module.tuned.state_dict()) == 8  # q and v of two layers
    module.double().float()  # as a move to another device would
    torch.testing.assert_close(module(wavs), before, rtol=1e-5, atol=1e-5)


def test_recomputed_layers_have_the_same_gradients(front_end, family, wavs):
    gradients = []
    for recompute in (False, True):
        module = tuned(front_end, family, "all", recompute=recompute).train()
        torch.manual_seed(1)
        module(wavs).square().mean().backward()
        gradients.append({n: p.grad for n, p in module.named_parameters()})
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient)


def test_rates_fall_from_layer_to_layer(front_end, family):
    module = tuned(front_end, family, "all", tune_rate=0.5, layer_decay=0.1)
    factors = module.rate_factors()
    of = {n: factors[id(p)] for n, p in module.tuned.named_parameters()}
    for name, factor in of.items():
        if ".layers.1." in name:
            assert factor == 0.5
        elif ".layers.0." in name:
            assert factor == pytest.approx(0.05)
    assert min(of.values()) >= 0.005 - 1e-9


def test_an_encoder_on_it_trains_under_autocast(front_end, family, wavs):
    module = tuned(front_end, family, "all")
    pooling = torch.nn.Sequential(torch.nn.Linear(module.frame_dim, 4))

    class Mean(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = pooling

        def forward(self, x):
            assert x.dtype == torch.float32
            return self.linear(x.mean(dim=1))

    encoder = UtteranceEncoder(module, Mean(), 4)
    kinds = []
    layer = module.tuned.network.get_submodule(module.layout.layers)[1]
    linear = next(m for m in layer.modules() if isinstance(m, torch.nn.Linear))
    linear.register_forward_hook(lambda m, i, out: kinds.append(out.dtype))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        encoder(wavs).square().sum().backward()
    assert not kinds or set(kinds) == {torch.bfloat16}
    assert all(p.grad is not None for p in module.tuned.parameters())


def test_unknown_layers_and_too_many_are_told(front_end):
    with pytest.raises(ValueError, match="linear layers are .*q_proj"):
        tuned(front_end, "whisper", "lora", adapt=["query"])
    with pytest.raises(ValueError, match="the network has 2 layers"):
        tuned(front_end, "whisper", "top_k", top_layers=3)
    with pytest.raises(ValueError, match="leave pull at 0"):
        Tuning("lora", pull=0.1)
