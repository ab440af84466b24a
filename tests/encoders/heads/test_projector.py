"""Projector has the layers of the paper, in their order."""

import torch

from sb_contrastive.encoders import Projector


def test_layers_of_the_projector():
    projector = Projector(16, 8, hidden_dim=4, dropout=0.5)
    kinds = "Dropout Linear BatchNorm1d ReLU Linear BatchNorm1d ReLU Linear"
    assert [type(x).__name__ for x in projector] == kinds.split()
    assert all(
        x.bias is None for x in projector if isinstance(x, torch.nn.Linear)
    )
    assert projector(torch.randn(3, 16)).shape == (3, 8)
    assert Projector(16, 8)[1].out_features == projector.output_dim == 8


def test_dropout_of_the_projector_rests_in_evaluation():
    x, projector = torch.randn(6, 16), Projector(16, 8, dropout=0.5)
    assert not torch.equal(projector(x), projector(x))
    projector.eval()
    assert torch.equal(projector(x), projector(x))
