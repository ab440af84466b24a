"""docs/own_encoder.md, done: a module in a file beside its YAML is pretrained by dino_ser.yaml, exported and used, with nothing of the package touched."""

import re
import sys
from pathlib import Path

import pytest
import torch

from sb_contrastive import load
from sb_contrastive.experiment import Experiment

PAGE = Path("docs/own_encoder.md")


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The files of the page, in a folder that is on no path yet."""
    folder = tmp_path / "mine"
    folder.mkdir()
    text = PAGE.read_text(encoding="utf-8")
    for name, code in re.findall(
        r"^`(\w+\.\w+)`:\n\n```\w+\n(.*?)```", text, re.M | re.S
    ):
        (folder / name).write_text(code)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield folder
    sys.modules.pop("my_net", None)


def test_it_is_pretrained_exported_and_used(own, tmp_path, tiny_corpora):
    values = {
        "encoder": own / "my_encoder.yaml",
        "unlabelled": tiny_corpora / "voxceleb",
        "stages": "[pretrain, export_encoder]",
        "output_folder": tmp_path / "run",
        "prototypes": 16,
        "pretrain_batch_size": 8,
        "pretrain_epochs": 1,
        "pretrain": "{least_steps: 1}",
        "crop_seconds": "[0.5, 0.3]",
    }
    text = "\n".join(f"{key}: {value}" for key, value in values.items())
    run = Experiment("hparams/dino_ser.yaml", text)
    encoder = run.hparams["encoder"]
    assert type(encoder.backbone).__name__ == "MyNet"
    assert [type(m).__name__ for m in encoder.affine_modules()] == ["Linear"]
    run.run()
    folder = tmp_path / "run" / "encoder"
    assert (folder / "my_net.py").read_text() == (own / "my_net.py").read_text()
    readme = (folder / "README.md").read_text()
    assert "`my_net.py` lies in this folder" in readme
    assert "Not evaluated" in readme
    weights = tmp_path / "run" / "pretrain" / "encoder.ckpt"
    encoder.load_state_dict(torch.load(weights, weights_only=True))
    # Another process would know the folder of the model alone
    sys.path[:] = [place for place in sys.path if place != str(own)]
    sys.modules.pop("my_net")
    loaded = load(folder, "cpu", trust=True).encoder  # own code
    assert sys.modules["my_net"].__file__ == str(folder / "my_net.py")
    noise = torch.randn(2, 8000)
    with torch.no_grad():
        torch.testing.assert_close(
            loaded(noise), encoder.eval()(noise), atol=1e-5, rtol=0
        )


def test_a_module_of_another_shape_is_told(own):
    path = own / "my_encoder.yaml"
    path.write_text(
        path.read_text()
        .replace("embedding_dim: 64", "embedding_dim: 65")
        .replace("outputs: !ref <embedding_dim>", "outputs: 64")
    )
    run = Experiment("hparams/dino_ser.yaml", f"encoder: {path}")
    with pytest.raises(ValueError, match=r"MyNet put out \[2, 64\].* of 65 "):
        run.hparams["encoder"](torch.randn(2, 16000))
