"""XVector: SpeechBrain's, but exact, and with statistics that are normalised."""

import pytest
import torch
from speechbrain.lobes.models.Xvector import Xvector

from sb_contrastive.encoders import XVector

SIZES = {
    "in_channels": 8,
    "lin_neurons": 6,
    "tdnn_blocks": 3,
    "tdnn_channels": [12, 12, 16],
    "tdnn_kernel_sizes": [5, 3, 1],
    "tdnn_dilations": [1, 2, 1],
}


def frames(rows=32):
    """Features with a large part that all rows share, as log-mels have."""
    generator = torch.Generator().manual_seed(0)
    return 5 + torch.randn(rows, 40, 8, generator=generator)


@pytest.mark.parametrize("layers", [None, [2], [1, 2, 3]])
def test_equals_the_layers_of_speechbrain_one_after_the_other(layers):
    # In evaluation batch normalisation of a fresh network changes nothing
    mended = XVector(**SIZES, pooled_layers=layers).eval()
    original = Xvector(**SIZES).eval()
    x, statistics = frames(), []
    for layer in (1, 2, 3):
        for i in range(3 * (layer - 1), 3 * layer):
            original.blocks[i].load_state_dict(mended.blocks[i].state_dict())
            x = original.blocks[i](x)
        if layer in (layers or [3]):
            statistics += [x.mean(1), x.std(1, unbiased=False)]
    embeddings = mended.affine(torch.cat(statistics, dim=-1))
    torch.testing.assert_close(
        mended(frames())[:, 0], embeddings, rtol=1e-3, atol=1e-4
    )


@pytest.mark.parametrize("layers", [[0], [2, 4]])
def test_a_layer_that_is_not_there(layers):
    with pytest.raises(ValueError, match="from 1 to 3, .* got .*"):
        XVector(**SIZES, pooled_layers=layers)


def test_one_recording_has_one_embedding():
    xvector = XVector(**SIZES).eval()
    assert torch.equal(xvector(frames()), xvector(frames()))


def test_random_networks_spread_their_embeddings():
    def spread(network):
        torch.manual_seed(0)
        e = network(**SIZES).train()(frames())[:, 0]
        return (e.var(dim=0).sum() / e.square().mean(dim=0).sum()).item()

    # The share of the embeddings that differs between utterances: all but the
    # bias of the last layer, against next to nothing
    assert spread(XVector) > 0.9 > 0.2 > spread(Xvector)


def test_a_frozen_network_reads_more_of_its_statistics_in_few_steps():
    def loss_after_steps(network):
        torch.manual_seed(0)
        xvector, x = network(**SIZES), frames()
        labels = (x.std(dim=(1, 2)) > x.std(dim=(1, 2)).median()).long()
        head = torch.nn.Linear(6, 2)
        xvector.blocks[:9].requires_grad_(False)
        trained = [p for p in xvector.parameters() if p.requires_grad]
        optimizer = torch.optim.Adam([*trained, *head.parameters()], 0.01)
        for _ in range(30):
            loss = torch.nn.functional.cross_entropy(
                head(xvector(x)[:, 0]), labels
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return loss.item()

    assert loss_after_steps(XVector) < 0.7 * loss_after_steps(Xvector)
