"""A calibration is written into a model folder, and nothing else is touched."""

import re
import shutil

import pytest

from sb_contrastive.evaluation.verification.calibration import Calibration
from sb_contrastive.export.calibrated import write_calibration
from sb_contrastive.inference import load
from tests.support.exported_models import (  # noqa: F401
    encoder,
    encoder_yaml,
    head,
    model,
    two_classes,
)

LINE = Calibration(50.0, -17.5)
KEYS = re.compile(rb"^(threshold|llr_scale|llr_offset):.*\r?\n", re.M)


@pytest.fixture(
    params=["model", "two_classes"]
)  # without a threshold, and with
def copy(request, tmp_path):
    folder = request.getfixturevalue(request.param)
    return shutil.copytree(folder, tmp_path / "copy")


def test_the_folder_loads_with_it_and_is_otherwise_as_it_was(copy):
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    write_calibration(copy, Calibration(1.0, 2.0), 0.5, "others")
    write_calibration(copy, LINE, 0.1, "9 recordings")  # again
    loaded = load(copy, "cpu")
    assert loaded.calibration == LINE
    assert loaded.threshold == pytest.approx(LINE.threshold(0.1), rel=1e-5)
    after = {path.name: path.read_bytes() for path in copy.iterdir()}
    assert after.keys() == before.keys()
    name = "hyperparams.yaml"
    assert KEYS.sub(b"", after[name]) == KEYS.sub(b"", before[name])
    for name in before.keys() - {"hyperparams.yaml", "README.md"}:
        assert after[name] == before[name]


def test_the_readme_decides_by_the_new_threshold(request, tmp_path):
    copy = shutil.copytree(request.getfixturevalue("model"), tmp_path / "copy")
    assert "No trials have told" in (copy / "README.md").read_text()
    for prior in (0.5, 0.1):
        write_calibration(copy, LINE, prior, "9 recordings")
        text = (copy / "README.md").read_text()
        expected = f"same_speaker = cosine > {LINE.threshold(prior):.4g}  # of"
        assert text.count("same_speaker") == 1 and expected in text
        assert "No trials have told" not in text


@pytest.mark.parametrize(
    "text",
    ["other: 1\r\nthreshold: 0.25\r\n", "a: {b: [1, 2]}\nllr_offset: 2"],
)
def test_line_ends_and_files_from_elsewhere(text, tmp_path):
    path = tmp_path / "hyperparams.yaml"
    path.write_bytes(text.encode())
    write_calibration(tmp_path, LINE, 0.5, "x")
    found = path.read_bytes().decode()
    assert found.count("\n") - found.count("\r\n") in (0, found.count("\n"))
    assert found.count("threshold: 0.35") == 1
    assert "threshold: 0.25" not in found and "llr_offset: 2" not in found


def test_what_cannot_be_replaced_is_left_alone(tmp_path):
    path = tmp_path / "hyperparams.yaml"
    text = "threshold: !new:torch.tensor\n  data: 0.25\nb: 1\n"
    path.write_text(text)
    with pytest.raises(ValueError, match="remove these keys"):
        write_calibration(tmp_path, LINE, 0.5, "x")
    assert path.read_text() == text
    assert [p.name for p in tmp_path.iterdir()] == ["hyperparams.yaml"]
