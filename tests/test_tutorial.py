"""docs/tutorial.md does what it says, command by command."""

import os
import re
import runpy
import shlex
import sys
from pathlib import Path

import numpy as np

from sb_contrastive.command_line import main

ROOT = Path(__file__).parents[1]


def blocks(first, second):
    """(language, code) of the page, with real files in the place of names."""
    text = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
    text = text.replace("FIRST.wav", first).replace("SECOND.wav", second)
    text = text.replace("hparams/", f"{ROOT}/hparams/")
    return re.findall(r"^```(bash|python)\n(.*?)```", text, re.M | re.S)


def execute(command, monkeypatch):
    """Runs a command of the page in this process: a new one takes seconds."""
    words = shlex.split(command.replace("\\\n", " "))
    if words[:2] == ["python", "-c"]:
        exec(words[2], {})
    elif words[:2] == ["python", "train.py"]:
        monkeypatch.setattr(sys, "argv", words[1:])
        runpy.run_path(str(ROOT / "train.py"), run_name="__main__")
    else:
        assert words[:3] == ["python", "-m", "sb_contrastive"]
        main(words[3:])


def test_every_block_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    wavs = [f"my_wavs/wav/id90001/{v}/00001.wav" for v in ("a", "b")]
    codes = blocks(*wavs)
    assert [language for language, _ in codes] == [
        *["bash"] * 3,
        "python",
        *["bash"] * 2,
        "python",
    ]
    values = {}
    for number, (language, code) in enumerate(codes):
        if number == 1:
            found = sorted(Path("my_wavs").rglob("*.wav"))
            for name, path in zip(wavs, found):
                codes = [(x, c.replace(name, str(path))) for x, c in codes]
        code = codes[number][1]
        if language == "bash":
            execute(code, monkeypatch)
        else:
            exec(code, values)
    said = capsys.readouterr().out
    assert re.search(r"cosine -?\d\.\d{4}; the model has no threshold", said)
    assert "EER %" in said and "threshold of equal error rate" in said
    assert values["data"]["embeddings"].shape == (16, 128)
    assert np.isfinite(values["data"]["embeddings"]).all()
    assert -1 <= values["cosine"].item() <= 1
    assert not os.path.exists("results")
