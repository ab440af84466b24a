"""ClassHead has the layers of the paper, in their order."""

import torch

from sb_contrastive.encoders import ClassHead


def test_layers_of_the_class_head():
    head = ClassHead(16, 3, hidden_dim=4, dropout=0.1)
    kinds = "LayerNorm Linear ReLU Dropout Linear"
    assert [type(x).__name__ for x in head] == kinds.split()
    assert head[3].p == 0.1
    x = torch.randn(5, 16)
    head.eval()
    # Neither scale nor offset of an embedding matters
    torch.testing.assert_close(head(7 * x + 3), head(x), atol=1e-4, rtol=1e-4)
