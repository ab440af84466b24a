"""The layer against PyTorch's own, in training, in evaluation and on padding."""

import pytest
import torch

from sb_contrastive.adapter.transformer_layer import TransformerLayer
from sb_contrastive.encoders.padding.valid_frames import valid_frames

D = 16


@pytest.fixture(autouse=True)
def same_numbers():
    torch.manual_seed(0)


def pair(dropout=0.0):
    """PyTorch's layer and ours, with the same weights."""
    reference = torch.nn.TransformerEncoderLayer(
        D, 4, 32, dropout, "gelu", batch_first=True, norm_first=True
    )
    layer = TransformerLayer(D, 4, 32, dropout)
    layer.load_state_dict(reference.state_dict())
    return reference, layer


@pytest.mark.parametrize("B, T", [(1, 1), (1, 7), (3, 20)])
@pytest.mark.parametrize("mode", ["train", "evaluate", "no gradient"])
def test_is_pytorchs_layer(B, T, mode):
    reference, layer = pair()
    reference.train(mode == "train"), layer.train(mode == "train")
    x = torch.randn(B, T, D)
    with torch.set_grad_enabled(mode != "no gradient"):
        torch.testing.assert_close(layer(x), reference(x), rtol=1e-4, atol=1e-5)


def test_is_pytorchs_layer_on_padded_rows_and_so_are_its_gradients():
    reference, layer = pair()
    x = torch.randn(4, 11, D)
    valid = valid_frames(torch.tensor([11, 6, 2, 1]) / 11, 11)
    ours, theirs = layer(x, valid), reference(x, src_key_padding_mask=~valid)
    torch.testing.assert_close(ours[valid], theirs[valid], rtol=1e-4, atol=1e-5)
    ours[valid].square().sum().backward()
    theirs[valid].square().sum().backward()
    for (name, a), b in zip(layer.named_parameters(), reference.parameters()):
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-3, atol=1e-4), name


def test_dropout_is_on_what_is_added_and_not_on_attention_weights():
    _, layer = pair(dropout=0.5)
    x = torch.randn(2, 9, D)
    assert not torch.equal(layer(x), layer(x))
    attended = [layer._attend(x, None) for _ in range(2)]
    torch.testing.assert_close(*attended, rtol=0, atol=0)
    # Half of what attention adds is left out, the rest doubled
    dropped = layer.dropout1(torch.ones(1000)).unique()
    assert dropped.tolist() == [0.0, 2.0]


def test_padding_adds_nothing_to_a_frame():
    _, layer = pair()
    x, valid = torch.randn(1, 8, D), torch.arange(8)[None] < 5
    alone = layer(x[:, :5])
    x[:, 5:] = 1e4
    torch.testing.assert_close(
        layer(x, valid)[:, :5], alone, rtol=1e-4, atol=1e-5
    )
