"""The order of stacked crops, and what the augmentation is told of them."""

import pytest
import torch

from sb_contrastive.training.steps.views import embed_views, stacked_views


@pytest.mark.parametrize("B, V, S", [(1, 1, 3), (4, 2, 5), (3, 6, 2)])
def test_unstacking_gives_the_crops_back(B, V, S):
    crops = torch.randn(B, V, S)
    rows = stacked_views(crops, [f"utt{b}" for b in range(B)])
    assert torch.equal(rows.unflatten(0, (V, B)), crops.transpose(0, 1))


def test_the_augmentation_is_told_which_crop_is_which():
    crops = torch.arange(12.0).view(3, 2, 2)  # [B, V, S]
    seen = []

    def spy(wavs, utterances, views, epoch):
        for wav, utterance, view in zip(wavs, utterances, views, strict=True):
            seen.append((utterance, view, epoch))
            assert torch.equal(wav, crops["abc".index(utterance), view - 4])
        return -wavs

    rows = stacked_views(crops, list("abc"), spy, epoch=7, first=4)
    assert torch.equal(rows, -stacked_views(crops, list("abc")))
    assert seen == [(u, v, 7) for v in (4, 5) for u in "abc"]


class Network(torch.nn.Module):
    """Notes what each pass is given, and returns the first two samples."""

    def __init__(self):
        super().__init__()
        self.passes = []

    def forward(self, wavs):
        self.passes.append(list(wavs.shape))
        return wavs[:, :2]


def test_crops_of_one_length_share_a_pass_and_keep_their_places():
    crops = {
        "pair": torch.randn(4, 7),
        "short": torch.randn(6, 3),
        "long": torch.randn(2, 7),
    }
    network = Network()
    embeddings = embed_views(network, crops, batch_size=2)
    assert network.passes == [[6, 7], [6, 3]]
    assert list(embeddings) == list(crops)
    for name, rows in crops.items():
        expected = rows[:, :2].unflatten(0, (-1, 2))
        assert torch.equal(embeddings[name], expected), name


def test_apart_each_view_has_batch_statistics_of_its_own():
    norm = torch.nn.BatchNorm1d(3)
    crops = {"pair": torch.randn(8, 3), "short": torch.randn(12, 3) + 5}
    apart = embed_views(norm, crops, batch_size=4, apart=True)
    for name, rows in crops.items():
        views = rows.unflatten(0, (-1, 4))  # [V, B, 3]
        mean = views.mean(dim=1, keepdim=True)
        deviation = (views.var(dim=1, keepdim=True, correction=0) + 1e-5).sqrt()
        torch.testing.assert_close(apart[name], (views - mean) / deviation)
    together = embed_views(norm, crops, batch_size=4)
    assert not torch.allclose(together["pair"], apart["pair"], atol=1e-3)
