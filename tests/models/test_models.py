"""The models that come with the package: found by name, small, and as good as their cards say."""

from pathlib import Path

import numpy as np
import pytest

import sb_contrastive
from sb_contrastive.models import FOLDER, known_models, model_folder

NAMES = known_models()


def test_a_folder_of_that_name_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert model_folder("speaker-small") == FOLDER / "speaker-small"
    (tmp_path / "speaker-small").mkdir()
    assert model_folder("speaker-small") == Path("speaker-small")


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(FileNotFoundError, match="with the package.*speaker-s"):
        sb_contrastive.load("speaker-smal")


@pytest.mark.parametrize("name", NAMES)
def test_it_embeds_and_is_small(name):
    size = sum(path.stat().st_size for path in (FOLDER / name).iterdir())
    assert size < 6e6
    model = sb_contrastive.load(name, device="cpu")
    wav = np.random.default_rng(0).normal(size=16000).astype(np.float32)
    vector = model.embed(0.1 * wav, sample_rate=16000)
    assert vector.ndim == 1 and np.isfinite(vector).all()
    card = (FOLDER / name / "README.md").read_text(encoding="utf-8")
    assert "EER" in card and "CC BY 4.0" in card
