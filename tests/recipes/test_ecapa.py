"""WeSpeaker's ECAPA-TDNN normalises the embedding by the batch, which is what an embedding layer ends with."""

import pytest
import torch
from hyperpyyaml import load_hyperpyyaml

SMALL = {
    "data_folder": "none",
    "output_folder": "none",
    "channels": [8, 8, 8, 8, 24],
    "embedding_dim": 6,
    "hidden_dim": 4,
    "prototypes": 8,
}
DINO = ["VoxCeleb/self-supervised-learning/DINO"]
DINO += ["IEMOCAP/emotion_recognition/DINO", "ADReSS/dementia_detection/DINO"]


@pytest.mark.parametrize("recipe", DINO)
def test_embeddings_of_a_batch_have_mean_0_and_deviation_1(recipe):
    path = f"recipes/{recipe}/hparams/ecapa.yaml"
    with open(path, encoding="utf-8") as file:
        encoder = load_hyperpyyaml(file, SMALL)["encoder"]
    z = encoder.train()(torch.randn(16, 8000))
    torch.testing.assert_close(z.mean(dim=0), torch.zeros(6), atol=1e-5, rtol=0)
    deviation = z.std(dim=0, correction=0)
    torch.testing.assert_close(deviation, torch.ones(6), atol=0.01, rtol=0)
    tuned = [encoder.is_affine(n) for n, _ in encoder.named_parameters()]
    # asp_bn, fc and the norm have a weight and a bias each
    assert sum(tuned) == 6
    frames, _ = encoder.frames(torch.randn(2, 8000))
    assert frames.shape[0] == 2 and frames.shape[2] == 24
