"""Utterances of one length share a pass, and each has the embedding that it has alone."""

import numpy as np
import pytest
import soundfile
import torch
from speechbrain.lobes.features import Fbank
from speechbrain.processing.features import InputNormalization
from tqdm import tqdm

from sb_contrastive.encoders import UtteranceEncoder, XVector
from sb_contrastive.evaluation.embeddings.embed import embed

LENGTHS = [8000, 12000, 8000, 9000, 12000, 8000]


@pytest.fixture
def rows(tmp_path):
    rng = np.random.default_rng(0)
    made = []
    for i, length in enumerate(LENGTHS):
        path = str(tmp_path / f"{i}.wav")
        soundfile.write(path, 0.1 * rng.standard_normal(length), 16000)
        made.append({"ID": str(i), "wav": path, "start": 0, "stop": length})
    return made


def made_encoder(norm_type):
    torch.manual_seed(0)
    norm = InputNormalization(norm_type=norm_type, std_norm=False)
    network = XVector(
        in_channels=20, lin_neurons=8, tdnn_channels=[8, 8, 8, 8, 16]
    )
    return UtteranceEncoder(Fbank(n_mels=20), network, 8, norm).eval()


@pytest.mark.parametrize("norm_type", ["sentence", "batch"])
def test_neighbours_change_nothing(rows, norm_type):
    encoder = made_encoder(norm_type)
    alone = [embed(encoder, [row])[0] for row in rows]
    # Windows of 0.6 s: the longest files are cut in two
    for options in ({}, {"batch_size": 2}):
        found = embed(encoder, rows, **options)
        np.testing.assert_allclose(found, alone, atol=1e-5)
    cut = embed(encoder, rows, max_seconds=0.6)
    np.testing.assert_allclose(cut[3], alone[3], atol=1e-5)
    halves = [{**rows[1], "start": a, "stop": a + 6000} for a in (0, 6000)]
    mean = np.mean([embed(encoder, [half])[0] for half in halves], axis=0)
    np.testing.assert_allclose(cut[1], mean, atol=1e-5)


def test_passes_are_shared_and_bounded(rows):
    encoder = made_encoder("sentence")
    shapes = []
    encoder.register_forward_hook(
        lambda module, inputs, output: shapes.append(list(inputs[0].shape))
    )
    with tqdm(total=9, disable=False, file=open("/dev/null", "w")) as bar:
        embed(encoder, rows, progressbar=bar)
        assert bar.n == len(rows) and not bar.disable
    assert shapes == [[3, 8000], [1, 9000], [2, 12000]]
    shapes.clear()
    embed(encoder, rows, max_seconds=1.0)  # 16000 samples: two of 8000
    assert shapes == [[2, 8000], [1, 8000], [1, 9000], *2 * [[1, 12000]]]
