"""The commands are found by their names, and `train` is train.py."""

import runpy
import subprocess
import sys

import pytest

import sb_contrastive
from sb_contrastive.command_line import main
from sb_contrastive.command_line.main import COMMANDS


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert stop.value.code == 0
    for name, summary in COMMANDS.items():
        assert f"{name} {summary}" in said


def test_help_waits_for_no_library():
    code = """if True:
        import sys
        from sb_contrastive.command_line import main
        try:
            main(["--help"])
        except SystemExit:
            assert "torch" not in sys.modules, "it takes seconds to import"
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"train"}))
def test_every_command_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0 and "usage:" in capsys.readouterr().out


def test_the_version(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip() == sb_contrastive.__version__


def test_train_is_the_script(monkeypatch, capsys):
    words = ["hparams/dino_ser.yaml", "--help"]
    main(["train", *words])
    said = capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["train.py", *words])
    runpy.run_path("train.py", run_name="__main__")
    printed = capsys.readouterr().out.replace(
        "python train.py", "sb-contrastive train"
    )
    same = said.replace("python train.py", "sb-contrastive train")
    assert printed == same and "--pretrain_epochs" in said


def test_a_mistake_in_train_is_one_sentence(capsys):
    with pytest.raises(SystemExit):
        main(["train", "hparams/no_such.yaml"])
    assert "no_such.yaml" in capsys.readouterr().err
