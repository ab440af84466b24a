"""What trained a stage is recorded when it trains, and told for ever after."""

import json
import sys

import pytest
import yaml

from sb_contrastive.experiment.beside import make_importable
from sb_contrastive.experiment.document import Document
from sb_contrastive.experiment.provenance import record as recording
from sb_contrastive.experiment.provenance.contents import digest, named_files
from sb_contrastive.experiment.provenance.own_code import own_code
from sb_contrastive.experiment.settings import Settings

TEXT = "manifest: {0}/my.csv\nsort: !name:sorted"


@pytest.fixture
def ran(tmp_path):
    """Runs a stage that reads a manifest and leaves weights."""
    (tmp_path / "my.csv").write_text("wav,label\na.wav,sad\n")

    def run(command="train.py first", folder="out"):
        sys.argv = command.split()
        settings = made(folder)
        settings.check(["sort"])
        settings.begin("sort")
        settings.note(["manifest"])
        settings.trains(settings.folder / "sort")
        (settings.folder / "sort").mkdir(parents=True, exist_ok=True)
        (settings.folder / "sort" / "encoder.ckpt").touch()
        return settings

    def made(folder):
        return Settings(tmp_path / folder, Document(TEXT.format(tmp_path)))

    before = sys.argv
    yield run
    sys.argv = before


def test_the_call_that_trained_is_told_after_later_ones(ran):
    ran("train.py first --fold 1")
    later = ran("train.py second")
    (call,) = later.record.calls("sort")
    assert call["command"] == "python train.py first --fold 1"
    assert call["versions"]["torch"] and call["processes"] == 1


def test_each_part_has_the_call_that_trained_it(ran, tmp_path):
    ran("train.py first")
    settings = ran("train.py second")
    settings.trains(tmp_path / "out" / "sort" / "fold_2")
    calls = settings.record.calls("sort", tmp_path / "out/sort/fold_2")
    assert [call["command"] for call in calls] == ["python train.py second"]
    assert len(settings.record.calls("sort")) == 2


def test_an_input_that_has_changed_is_refused_by_name(ran, tmp_path):
    ran()
    path = tmp_path / "my.csv"
    path.write_text(path.read_text())  # the same content at another time
    ran()
    path.write_text("wav,label\na.wav,ang\n")
    with pytest.raises(ValueError, match="my.csv has changed since"):
        ran()
    path.unlink()  # results may be read without the corpus
    ran()


def test_before_anything_is_trained_an_input_may_change(ran, tmp_path):
    settings = ran()
    (settings.folder / "sort" / "encoder.ckpt").unlink()
    (tmp_path / "my.csv").write_text("wav,label\nb.wav,sad\n")
    ran("train.py mended")
    (call,) = settings.record.calls("sort")
    assert call["command"] == "python train.py mended"


def test_another_number_of_processes_is_refused(ran, monkeypatch):
    settings = ran()
    settings.check_processes("sort")
    module = "sb_contrastive.experiment.settings.settings.world_size"
    monkeypatch.setattr(module, lambda: 2)
    with pytest.raises(ValueError, match="1 process.* now there are 2"):
        settings.check_processes("sort")


def test_a_moved_folder_is_the_same(ran, tmp_path):
    settings = ran()
    inside = settings.folder / "pretrain.ckpt"
    inside.write_text("weights")
    settings.note([inside])
    settings.folder.rename(tmp_path / "moved")
    moved = Settings(tmp_path / "moved", Document(TEXT.format(tmp_path)))
    moved.check(["sort"])
    (tmp_path / "moved" / "pretrain.ckpt").write_text("others")
    with pytest.raises(ValueError, match="<output_folder>/pretrain.ckpt has"):
        moved.check(["sort"])
    assert str(tmp_path / "out") not in json.dumps(moved.record.read())


def test_files_that_values_name(tmp_path):
    for name in ("a.csv", "b,c.csv", "d.csv"):
        (tmp_path / name).touch()
    text = "[{0}/a.csv, '{0}/b,c.csv', '{0}/d.csv, {0}/none', 3, null, {0}]"
    found = named_files(yaml.compose(text.format(tmp_path)))
    assert [path.name for path in found] == ["a.csv", "b,c.csv", "d.csv"]


def test_a_folder_is_known_by_names_and_sizes(tmp_path):
    (tmp_path / "a.wav").write_text("1234")
    before = digest(tmp_path)
    assert digest(tmp_path) == before
    (tmp_path / "b.wav").write_text("")
    assert digest(tmp_path) != before


def test_own_code_and_what_it_imports(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "own_tables.py").write_text("WIDTH = 3\n")
    (tmp_path / "own_parts.py").write_text(
        "import torch, own_tables\nclass Layer(torch.nn.Linear):\n    pass\n"
    )
    make_importable(tmp_path)
    node = yaml.compose("x: !new:own_parts.Layer\ny: !name:torch.relu")
    names = {path.name for path in own_code(node)}
    assert names == {"own_parts.py", "own_tables.py"}


def test_options_and_versions_are_those_of_the_call():
    call = recording.this_call()
    assert call["options"] == {} and set(call) >= {"command", "versions"}
