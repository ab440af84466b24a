"""docs/python.md: its snippets run one after another, and its commands do."""

import re
import shlex

import numpy as np
import pytest

from sb_contrastive.command_line import main
from tests.support.doc_pages import ROOT
from tests.support.exported_models import (  # noqa: F401
    encoder,
    encoder_yaml,
    folder,
    head,
    two_classes,
    write,
)

PAGE = (ROOT / "docs/python.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)```", PAGE, re.M | re.S)


@pytest.fixture
def place(two_classes, folder, tmp_path, monkeypatch):  # noqa: F811
    """A folder with `model` and `wavs`."""
    (tmp_path / "model").symlink_to(two_classes)
    pairs = "1 ann/0.wav ann/1.wav\n0 ann/0.wav bob/1.wav\n"
    (folder / "pairs.txt").write_text(pairs)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_snippets_run(place, capsys):
    values = {}
    for code in blocks("python"):
        exec(code, values)
    said = capsys.readouterr().out
    assert "['wavs/ann/0.wav', '1']" in said
    assert "eve--2 (8,)" in said and "(64,)" in said
    assert values["threshold"] == 0.5 and values["same"] in (True, False)
    assert (place / "encoder.ckpt").is_file()


def test_the_commands_run(place):
    (block,) = blocks("bash")
    for line in block.splitlines():
        words = shlex.split(line)
        assert words[0] == "sb-contrastive"
        main(words[1:])
    assert np.load("embeddings.npz")["embeddings"].shape == (9, 8)
    assert len((place / "predictions.csv").read_text().splitlines()) == 10
    assert len((place / "subjects.csv").read_text().splitlines()) == 4
    scores = (place / "evaluated/scores/pairs.csv").read_text()
    assert len(scores.splitlines()) == 3
