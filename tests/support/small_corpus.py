"""A corpus of a few short files, and an encoder small enough to train in a test."""

import numpy as np
import pytest
import soundfile
from speechbrain.lobes.features import Fbank
from speechbrain.lobes.models.Xvector import Xvector

from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.encoders import UtteranceEncoder

CLASSES = ("ang", "sad", "neu")


@pytest.fixture(scope="session")
def rows(tmp_path_factory):
    """24 buzzing utterances of 0.3 to 0.53 s. The pitch tells the class, the
    brightness the speaker."""
    folder, rng, rows = (
        tmp_path_factory.mktemp("buzz"),
        np.random.default_rng(0),
        [],
    )
    for i in range(24):
        speaker, label = i % 4, i % 3
        samples = 4800 + 160 * i
        t = np.arange(samples) / 16000
        pitch = (150, 500, 1500)[label] * (1 + 0.02 * rng.standard_normal())
        audio = sum(
            np.sin(2 * np.pi * pitch * h * t) / h ** (0.5 + 0.5 * speaker)
            for h in range(1, 6)
        )
        audio = 0.1 * audio + 0.01 * rng.standard_normal(samples)
        path = folder / f"utt{i:02d}.wav"
        soundfile.write(path, audio, 16000)
        rows.append(
            {
                "ID": f"utt{i:02d}",
                "duration": samples / 16000,
                "wav": str(path),
                "start": 0,
                "stop": samples,
                "spk_id": f"spk{speaker}",
                "label": CLASSES[label],
                SOURCE: f"buzz.csv:{i + 2}",
            }
        )
    return rows


@pytest.fixture(scope="session")
def small_encoder():
    """Makes an encoder of a few hundred parameters, with batch norm."""

    def make(affine=("blocks.7",)):
        backbone = Xvector(
            in_channels=8,
            tdnn_blocks=2,
            tdnn_channels=[12, 12],
            tdnn_kernel_sizes=[3, 1],
            tdnn_dilations=[1, 1],
            lin_neurons=8,
        )
        return UtteranceEncoder(Fbank(n_mels=8), backbone, 8, affine=affine)

    return make
