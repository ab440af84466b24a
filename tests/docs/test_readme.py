"""README.md: its commands on a model, and its Python, run on tiny ones."""

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
    model,
    two_classes,
    write,
)

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
# These have tests of their own
ELSEWHERE = ("train", "export", "report", "calibrate", "speakers")


@pytest.fixture
def place(model, two_classes, write, tmp_path, monkeypatch):  # noqa: F811
    """A folder with all that the README names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_run").mkdir()
    (tmp_path / "my_run/encoder").symlink_to(model)
    run = tmp_path / "results/dino_ser/1986"
    run.mkdir(parents=True)
    (run / "model").symlink_to(two_classes)
    names = ("a", "b", "speech", "more", "my_wavs/c", "my_wavs/d")
    for number, name in enumerate(names):
        write(tmp_path / f"{name}.wav", number)
    (tmp_path / "list.csv").write_text("wav\nmore.wav\n")
    (tmp_path / "my_trials.txt").write_text("1 c.wav d.wav\n0 d.wav c.wav\n")


def test_the_commands_on_a_model_run(place):
    lines = re.findall(r"^sb-contrastive .*$", TEXT, re.M)
    ran = set()
    for line in lines:
        _, command, *words = shlex.split(line, comments=True)
        if command not in ELSEWHERE:
            main([command, *words])
            ran.add(command)
    assert ran == {"embed", "verify", "evaluate", "classify"}
    assert len(np.load("embeddings.npz")["ids"]) == 4


def test_the_python_runs(place):
    (code,) = re.findall(r"^```python\n(.*?)```", TEXT, re.M | re.S)
    values = {}
    exec(code, values)  # of the model that comes with the package
    assert values["vector"].shape == (128,)
    assert -1 <= values["cosine"] <= 1 and 0 < values["threshold"] < 1
    assert values["same"] == (values["cosine"] > values["threshold"])
