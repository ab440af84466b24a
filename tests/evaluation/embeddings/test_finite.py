"""A network that overflows is never scored: the file is named instead."""

import numpy as np
import pytest
import soundfile
import torch

from sb_contrastive.evaluation import embed_segments
from sb_contrastive.evaluation.classification.posteriors import (
    class_posteriors,
)
from sb_contrastive.evaluation.classification.prediction_file import (
    prediction_rows,
)
from sb_contrastive.evaluation.embeddings.monitors import effective_rank


class Overflow(torch.nn.Module):
    """The mean of exp(x) in two dimensions, which is infinite for loud files."""

    embedding_dim = 2

    def forward(self, wavs, lens=None):
        return (100 * wavs).exp().mean(dim=1, keepdim=True).expand(-1, 2)


@pytest.fixture
def rows(tmp_path):
    rng = np.random.default_rng(0)
    made = []
    for name, level in (("quiet", 0.01), ("loud", 0.9), ("soft", 0.02)):
        wav = str(tmp_path / f"{name}.wav")
        soundfile.write(wav, level * rng.choice([-1.0, 1.0], 8000), 16000)
        made.append({"ID": name, "wav": wav, "start": 0, "stop": 8000})
    return made


@pytest.mark.parametrize("segments", ["full", "2x0.1s_mean", "3x0.1s_pairwise"])
def test_the_file_of_an_embedding_is_named(rows, segments):
    with pytest.raises(
        ValueError, match="embedding of .*loud.wav is not finite"
    ):
        embed_segments(Overflow(), rows, segments)
    del rows[1]
    assert np.isfinite(embed_segments(Overflow(), rows, segments)).all()


def test_the_file_of_an_output_is_named(rows):
    head = torch.nn.Linear(2, 3)
    torch.nn.init.constant_(head.weight, 3e38)
    with pytest.raises(ValueError, match="output of every file is not finite"):
        class_posteriors(Overflow(), head, [rows[0], rows[2]])


def test_nan_is_no_first_class(rows):
    posteriors = [[0.2, 0.8], [0.9, 0.1], [float("nan")] * 2]
    ids = ["quiet", "loud", "soft"]
    with pytest.raises(ValueError, match="output of .*soft.wav is not finite"):
        prediction_rows(rows, "1", ["a", "b"], ids, posteriors)


def test_a_monitor_says_that_training_diverged():
    z = torch.eye(4)
    z[2, 1] = float("nan")
    with pytest.raises(
        ValueError, match="1 of 4 embeddings are not .*diverged"
    ):
        effective_rank(z)
