"""docs/composed.md, done: an objective in a file of one's own is trained beside those of composed_sv.yaml, and in their place."""

import re
import sys
from pathlib import Path

import pytest

from sb_contrastive.experiment import Experiment

PAGE = Path("docs/composed.md").read_text(encoding="utf-8")
BRAINS = re.findall(r'--pretraining_brain "(.*?)"\n', PAGE)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The file of the page, in a folder on PYTHONPATH."""
    folder = tmp_path / "mine"
    folder.mkdir()
    code = re.search(
        r"^`my_objective.py`:\n\n```python\n(.*?)```", PAGE, re.M | re.S
    )
    (folder / "my_objective.py").write_text(code[1])
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    yield
    sys.modules.pop("my_objective", None)


@pytest.fixture
def log_of(own, tmp_path, tiny_encoder, tiny_corpora):
    """Trains with a Brain of the page and returns what the log says."""

    def train(brain, **more):
        values = {
            "pretraining_brain": brain,
            "encoder": tiny_encoder,
            "manifest": tiny_corpora / "voxceleb",
            "stages": "[pretrain]",
            "output_folder": tmp_path / "run",
            "prototypes": 16,
            "pretrain_batch_size": 8,
            "epochs": 1,
            "pretrain": "{least_steps: 1}",
            "crops": "{seconds: [0.5, 0.3]}",
            **more,
        }
        text = "\n".join(f"{key}: {value}" for key, value in values.items())
        Experiment("hparams/composed_sv.yaml", text).run()
        return (tmp_path / "run" / "pretrain" / "train_log.txt").read_text()

    return train


def test_beside_others(log_of):
    log = log_of(BRAINS[0])
    assert "train_uniformity" in log
    assert "train_dino" in log


def test_in_place_of_others(log_of):
    log = log_of(
        BRAINS[1],
        nt_xent_share=0,
        crops="{counts: [2], seconds: [0.5]}",
    )
    assert "train_uniformity" in log
    assert "train_vicreg" in log
    assert "train_dino" not in log
    assert "train_nt_xent" not in log
