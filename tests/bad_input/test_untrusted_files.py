"""No file of a user's runs code: weights are read as tensors, by us and by SpeechBrain."""

import ast
import os
import pickle
from pathlib import Path

import pytest
import torch
from speechbrain.utils.checkpoints import Checkpointer

from sb_contrastive.encoders.weights_file import weights_from

PACKAGE = Path("sb_contrastive")
FORBIDDEN = {"pickle.load", "pickle.loads", "eval", "exec", "yaml.unsafe_load"}


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def _calls():
    for folder in (PACKAGE, Path("recipes")):
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield path, ast.unparse(node.func), node


def test_every_torch_load_asks_for_weights_only():
    seen = 0
    for path, name, node in _calls():
        place = f"{path}:{node.lineno}"
        assert name not in FORBIDDEN, place
        options = {k.arg: ast.unparse(k.value) for k in node.keywords}
        if name == "torch.load":
            seen += 1
            assert options.get("weights_only") == "True", place
        if name in ("np.load", "numpy.load"):
            assert options.get("allow_pickle", "False") == "False", place
    assert seen


def test_a_file_that_would_run_code_is_refused(tmp_path):
    torch.save({"weight": Bomb(tmp_path / "made")}, tmp_path / "a.ckpt")
    with pytest.raises(ValueError, match="a.ckpt .* other things than tensors"):
        with weights_from(tmp_path / "a.ckpt"):
            pass
    assert not (tmp_path / "made").exists()


def test_a_checkpoint_of_speechbrain_s_that_would_run_code_is_refused(tmp_path):
    layer = torch.nn.Linear(1, 1)
    checkpointer = Checkpointer(tmp_path, {"layer": layer})
    place = checkpointer.save_checkpoint().paramfiles["layer"]
    torch.save({"weight": Bomb(tmp_path / "made")}, place)
    with pytest.raises(pickle.UnpicklingError, match="[Ww]eights"):
        checkpointer.recover_if_possible()
    assert not (tmp_path / "made").exists()
