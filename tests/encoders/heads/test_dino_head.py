"""DINOHead against a version written out step by step."""

import pytest
import torch
from torch.nn import functional as F

from sb_contrastive.encoders import DINOHead


def slow_head(head, x):
    """The plain head, row by row, without batch normalisation."""
    rows = []
    linear = [m for m in head.mlp if isinstance(m, torch.nn.Linear)]
    for row in x:
        h = F.gelu(linear[0].weight @ row + linear[0].bias)
        h = F.gelu(linear[1].weight @ h + linear[1].bias)
        z = linear[2].weight @ h + linear[2].bias
        rows.append([z @ w / (z.norm() * w.norm()) for w in head.prototypes])
    return torch.stack([torch.stack(row) for row in rows])


@pytest.mark.parametrize("N, D, K", [(1, 4, 2), (5, 16, 7), (3, 8, 33)])
def test_equals_cosines_row_by_row(N, D, K):
    torch.manual_seed(0)
    head = DINOHead(D, K, hidden_dim=12, bottleneck_dim=6, batch_norm=False)
    for p in head.parameters():  # weights of 0.02 are too alike
        torch.nn.init.normal_(p)
    x = torch.randn(N, D)
    torch.testing.assert_close(head(x), slow_head(head, x))


@pytest.mark.parametrize("batch_norm", [True, False])
def test_logits_are_cosines(batch_norm):
    torch.manual_seed(0)
    head = DINOHead(16, 32, hidden_dim=8, batch_norm=batch_norm)
    logits = head(100 * torch.randn(10, 16))
    assert logits.shape == (10, 32)
    assert logits.abs().max() <= 1 + 1e-6


def test_the_gain_of_the_prototypes_is_fixed():
    head = DINOHead(16, 32, hidden_dim=8).eval()
    x = torch.randn(4, 16)
    before = head(x)
    with torch.no_grad():
        head.prototypes.mul_(torch.rand(32, 1) + 0.5)
    torch.testing.assert_close(head(x), before)


def test_weights_begin_small_and_biases_at_zero():
    torch.manual_seed(0)
    head = DINOHead(256, 512, hidden_dim=300, batch_norm=False)
    for name, p in head.named_parameters():
        if name == "prototypes":
            continue  # as below
        if p.dim() > 1:
            assert p.std().item() == pytest.approx(0.02, rel=0.05), name
            assert abs(p.mean().item()) < 1e-3, name
        else:
            assert not p.any(), name


def test_batch_norm_replaces_the_bias_of_the_hidden_layers():
    with_norm = DINOHead(16, 32, hidden_dim=8, batch_norm=True)
    plain = DINOHead(16, 32, hidden_dim=8, batch_norm=False)

    def kinds(head):
        return [
            (type(m).__name__, getattr(m, "bias", None) is not None)
            for m in head.mlp
        ]

    hidden = [("Linear", False), ("BatchNorm1d", True), ("GELU", False)]
    assert kinds(with_norm) == [*hidden, *hidden, ("Linear", True)]
    hidden = [("Linear", True), ("GELU", False)]
    assert kinds(plain) == [*hidden, *hidden, ("Linear", True)]


def test_a_zero_embedding_has_a_finite_gradient():
    head = DINOHead(4, 8, hidden_dim=6, batch_norm=False)
    x = torch.zeros(
        2, 4, requires_grad=True
    )  # zero biases: the bottleneck is 0
    head(x).sum().backward()
    for p in (x, *head.parameters()):
        assert p.grad.isfinite().all()


def test_logits_are_as_precise_under_autocast_as_a_softmax_at_25_needs():
    # A cosine is divided by 0.04: an error of 0.004 there is 0.1 in the logit
    torch.manual_seed(0)
    head = DINOHead(16, 64, hidden_dim=32, batch_norm=False).eval()
    z = torch.randn(32, 16)
    with torch.autocast("cpu", torch.bfloat16):
        logits = head(z)
        bottleneck = head.mlp(z).float()
    exact = (
        F.normalize(bottleneck, dim=-1) @ F.normalize(head.prototypes, dim=-1).T
    )
    assert logits.dtype == torch.float32
    torch.testing.assert_close(logits, exact, rtol=0, atol=1e-5)


def test_prototypes_start_as_a_linear_layer_does():
    torch.manual_seed(0)
    rows = DINOHead(8, 2048, hidden_dim=8, bottleneck_dim=64).prototypes
    reference = torch.nn.Linear(64, 2048, bias=False).weight
    assert rows.abs().max() <= 64**-0.5
    assert rows.std().item() == pytest.approx((3 * 64) ** -0.5, rel=0.01)
    assert rows.std().item() == pytest.approx(reference.std().item(), rel=0.01)
