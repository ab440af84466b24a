"""Layers made plain compute the same, on [B, D] and on [B, 1, D]."""

import pytest
import torch
from hyperpyyaml import load_hyperpyyaml

from sb_contrastive.encoders import ClassHead, Projector
from sb_contrastive.export.classifier_layers import classifier_layers


@pytest.mark.parametrize(
    "head",
    [
        torch.nn.Linear(8, 3, bias=False),
        ClassHead(8, 3, hidden_dim=5),
        torch.nn.Sequential(Projector(8, 6, dropout=0.5), ClassHead(6, 3)),
    ],
)
def test_plain_layers_compute_the_same(head):
    x = torch.randn(7, 8)
    head.train()
    for _ in range(5):
        head(2 * x + 1)  # statistics that matter
    head.eval()
    with torch.no_grad():
        expected = head(x)
        layers = classifier_layers(head)
        plain = torch.nn.Sequential(*(layer for layer, _ in layers.values()))
        torch.testing.assert_close(plain(x), expected)
        torch.testing.assert_close(plain(x[:, None])[:, 0], expected)
        torch.testing.assert_close(head(x), expected)  # left as it was
    # What the YAML builds takes the same weights
    text = "".join(f"{k}: {yaml}\n" for k, (_, yaml) in layers.items())
    built = load_hyperpyyaml(text)
    for name, (layer, _) in layers.items():
        assert type(built[name]) is type(layer)
        built[name].load_state_dict(layer.state_dict())


def test_other_layers_are_refused():
    head = torch.nn.Sequential(torch.nn.Linear(8, 3), torch.nn.GELU())
    with pytest.raises(ValueError, match="and Dropout, got GELU"):
        classifier_layers(head)
