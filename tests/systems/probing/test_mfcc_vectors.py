"""Statistics of MFCCs: against slow sums, for any loudness, of silence, and as a floor."""

import json

import numpy as np
import pytest
import torch
from speechbrain.lobes.features import MFCC

from sb_contrastive.experiment import Experiment
from sb_contrastive.systems.probing.mfcc_vectors import MFCCVectors


@pytest.fixture
def wav():
    return np.random.default_rng(0).standard_normal(9000).astype(np.float32)


def test_statistics_are_those_of_the_louder_half(wav):
    wav[:4000] *= 0.01
    scaled = torch.from_numpy(wav / np.abs(wav).max())[None]
    frames = MFCC(n_mfcc=24, n_mels=40, deltas=False, context=False)(scaled)[
        0
    ].numpy()
    middle = np.sort(frames[:, 0])[(len(frames) - 1) // 2]
    loud = [t for t, frame in enumerate(frames) if frame[0] >= middle]
    assert len(frames) // 2 <= len(loud) <= len(frames) // 2 + 1
    steps = [frames[t] - frames[max(t - 1, 0)] for t in loud]
    expected = np.concatenate(
        [
            sum(frames[t] for t in loud) / len(loud),
            np.std(frames[loud], axis=0),
            np.std(steps, axis=0),
        ]
    )
    np.testing.assert_allclose(
        MFCCVectors().vector(wav), expected, rtol=1e-3, atol=1e-3
    )


def test_loudness_changes_nothing(wav):
    vectors = MFCCVectors()
    np.testing.assert_allclose(
        vectors.vector(0.1 * wav), vectors.vector(wav), rtol=1e-3, atol=1e-3
    )


def test_means_can_be_left_out(wav):
    whole, without = (MFCCVectors(means) for means in (True, False))
    np.testing.assert_array_equal(without.vector(wav), whole.vector(wav)[24:])
    assert without.dim == len(without.vector(wav)) == 48
    assert whole.identity() != without.identity()


@pytest.mark.parametrize("samples", [1, 400])
def test_silence_and_a_single_sample_have_a_vector(samples):
    vector = MFCCVectors().vector(np.zeros(samples, dtype=np.float32))
    assert np.isfinite(vector).all()


def test_the_stage_predicts(tiny_corpora, tmp_path):
    text = f"""
        output_folder: {tmp_path / "run"}
        data_folder: {tiny_corpora / "iemocap"}
        prepare: !name:sb_contrastive.corpora.prepare_iemocap
            expected_utterances: 40
        stages: [mfcc, report]
    """
    run = Experiment("hparams/floors.yaml", text)
    run.run()
    results = json.loads((run.folder / "results.json").read_text())
    assert results["cost"]["mfcc"]["trainable_parameters"] == 6 * 73
