"""The prepare scripts of the recipes hand everything to the package's readers."""

import importlib.util
from pathlib import Path

import pytest

from sb_contrastive import corpora

RECIPES = Path(__file__).parents[2] / "recipes"


def script(corpus):
    """The prepare function of a corpus, loaded from its file as SpeechBrain does."""
    name = f"{corpus.lower()}_prepare"
    path = RECIPES / corpus / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, f"prepare_{corpus.lower()}")


@pytest.mark.parametrize("corpus", ["IEMOCAP", "VoxCeleb", "ADReSS"])
def test_a_script_calls_the_reader_unless_preparation_is_skipped(
    corpus, monkeypatch
):
    calls = []
    monkeypatch.setattr(
        corpora,
        f"prepare_{corpus.lower()}",
        lambda *args, **options: calls.append((args, options)),
    )
    prepare = script(corpus)
    prepare("corpus", "all.csv", skip_prep=True, option=1)
    assert calls == []
    prepare("corpus", save_csv="all.csv", skip_prep=False, option=1)
    assert calls == [(("corpus", "all.csv"), {"option": 1})]
