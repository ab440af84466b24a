"""Training from Python: any dataset of dicts, without crops, a manifest or a schedule."""

import pytest
import torch
from speechbrain.dataio.dataset import DynamicItemDataset
from speechbrain.lobes.features import Fbank

from sb_contrastive.brains import SimCLRBrain
from sb_contrastive.encoders import UtteranceEncoder, XVector
from sb_contrastive.losses import NTXentLoss
from sb_contrastive.schedules import Constant


class Pairs(torch.utils.data.Dataset):
    """The same two crops of noise in every epoch."""

    def __len__(self):
        return 6

    def __getitem__(self, i):
        noise = torch.Generator().manual_seed(i)
        return {"id": str(i), "pair": torch.randn(2, 2400, generator=noise)}


def speechbrains_pairs():
    items = {str(i): {"number": i} for i in range(6)}
    dataset = DynamicItemDataset(items)
    dataset.add_dynamic_item(lambda i: Pairs()[i]["pair"], "number", "pair")
    dataset.set_output_keys(["id", "pair"])
    return dataset


def trained(dataset, learning_rate):
    torch.manual_seed(0)
    network = XVector(
        in_channels=16, lin_neurons=4, tdnn_channels=[4, 4, 4, 4, 8]
    )
    brain = SimCLRBrain(
        {"encoder": UtteranceEncoder(Fbank(n_mels=16), network, 4)},
        torch.optim.SGD,
        learning_rate,
        total_steps=4,
        run_opts={"noprogressbar": True},
        loss=NTXentLoss(),
    )
    options = {"batch_size": 3}
    brain.fit(range(1, 3), dataset, Pairs(), options, options)
    return brain


@pytest.mark.parametrize("make", [Pairs, speechbrains_pairs])
def test_own_items_train_as_speechbrains_do(make):
    brain = trained(make(), 0.1)
    assert brain.optimizer_step == 4
    expected = trained(Pairs(), Constant(0.1)).pretrained_encoder()
    found = brain.pretrained_encoder().state_dict()
    for name, weight in expected.state_dict().items():
        torch.testing.assert_close(found[name], weight)
    figures = brain.log.rows[-1]
    assert {"train_loss", "valid_loss"} <= figures.keys()
