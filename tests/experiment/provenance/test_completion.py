"""A finished experiment is known as such until something changes."""

import os

import pytest

from sb_contrastive.experiment.provenance.completion import Completion


@pytest.fixture
def mark(tmp_path):
    def make(stages=("report",), text="seed: 3"):
        hparams = tmp_path / "yamls" / "a.yaml"
        return Completion(tmp_path / "run", list(stages), text, None, hparams)

    (tmp_path / "run/plots").mkdir(parents=True)
    (tmp_path / "run/plots/a.png").write_text("picture")
    (tmp_path / "run/results.json").write_text("{}")
    make().write()
    return make


def test_the_same_call_is_finished(mark, tmp_path):
    assert mark().finished_on()
    (tmp_path / "run/run.log").write_text("of a study")
    (tmp_path / "run/finished.json").write_text("of a study")
    assert mark().finished_on()


@pytest.mark.parametrize(
    "change",
    [
        lambda run: (run / "results.json").unlink(),
        lambda run: (run / "results.json").write_text('{"a": 1}'),
        lambda run: os.utime(run / "plots/a.png", (1, 1)),
        lambda run: (run / "complete.json").unlink(),
    ],
)
def test_a_changed_folder_is_not(mark, tmp_path, change):
    change(tmp_path / "run")
    assert mark().finished_on() is None


def test_another_call_or_other_code_is_not(mark, tmp_path):
    assert mark(stages=["report", "export"]).finished_on() is None
    assert mark(text="seed: 4").finished_on() is None
    (tmp_path / "yamls").mkdir()
    own = tmp_path / "yamls" / "own_stage.py"
    own.write_text("")
    os.utime(own, (4e9, 4e9))
    assert mark().finished_on() is None
