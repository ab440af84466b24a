"""Attention in float32 is that of its definition, and is used where bfloat16 is slow: in training, on a processor."""

import pytest
import torch

from sb_contrastive.encoders.pretrained import attention


class Module(torch.nn.Module):
    is_causal = False


def states(frames, dtype=torch.bfloat16):
    generator = torch.Generator().manual_seed(0)
    shape = (3, 2, 2, frames, 8)  # query, key and value of [B, H, T, D]
    return torch.randn(shape, generator=generator).to(dtype).requires_grad_()


def test_it_is_the_softmax_of_scaled_products():
    x = states(20)
    with torch.autocast("cpu", torch.bfloat16):
        found, _ = attention._attend(Module(), *x, None, scaling=0.5)
    query, key, value = x.float()
    weights = (0.5 * query @ key.transpose(2, 3)).softmax(dim=-1)
    expected = (weights @ value).transpose(1, 2)
    assert found.dtype == torch.bfloat16
    # One rounding to 8 bits, of the result
    torch.testing.assert_close(found.float(), expected, rtol=4e-3, atol=1e-6)
    own = torch.autograd.grad(found.float().sum(), x)[0]
    reference = torch.autograd.grad(expected.sum(), x)[0]
    torch.testing.assert_close(own, reference, rtol=2e-2, atol=1e-2)


@pytest.mark.parametrize(
    "frames, dtype, gradient, dtypes",
    [
        (20, torch.bfloat16, True, [torch.float32]),
        (20, torch.bfloat16, False, [torch.bfloat16]),
        (attention.SHORT + 1, torch.bfloat16, True, [torch.bfloat16]),
        (20, torch.float32, True, [torch.float32]),
    ],
)
def test_which_type_is_used(frames, dtype, gradient, dtypes, monkeypatch):
    seen, own = [], torch.nn.functional.scaled_dot_product_attention

    def watched(query, *args, **kwargs):
        seen.append(query.dtype)
        return own(query, *args, **kwargs)

    monkeypatch.setattr(
        torch.nn.functional, "scaled_dot_product_attention", watched
    )
    with torch.set_grad_enabled(gradient):
        attention._attend(Module(), *states(frames, dtype), None)
    assert seen == dtypes
