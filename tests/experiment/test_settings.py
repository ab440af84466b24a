"""An output folder belongs to one experiment."""

import json
from pathlib import Path

import pytest

from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.settings import keep_to, settings_of

YAML = "hparams/dino_ser.yaml"


@pytest.fixture(autouse=True)
def trained(tmp_path):
    """Something has been trained in each folder: before, mistakes are mended."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "encoder.ckpt").touch()


def test_the_same_settings_may_fill_a_folder_again(tmp_path):
    keep_to(tmp_path, {"seed": "1"})
    before = (tmp_path / "settings.json").read_text()
    keep_to(tmp_path, {"seed": "1"})
    assert (tmp_path / "settings.json").read_text() == before


def test_another_value_is_refused_and_shown(tmp_path):
    keep_to(tmp_path, {"seed": "1", "loss": "!new:A\nk: 2\nm: 3"})
    with pytest.raises(ValueError, match="loss: m: 3 there, m: 4 now"):
        keep_to(tmp_path, {"seed": "1", "loss": "!new:A\nk: 2\nm: 4"})
    with pytest.raises(ValueError, match="margin: only now"):
        keep_to(
            tmp_path,
            {"seed": "1", "loss": "!new:A\nk: 2\nm: 3", "margin": "0.1"},
        )


PROBE = "!name:sb_contrastive.stages.cross_validate\nsteps: [probe]"
REPORT = "!name:sb_contrastive.stages.report ''"


def test_a_new_stage_is_accepted_with_its_steps_and_recorded(tmp_path):
    old = {"seed": "1", "report": REPORT}
    keep_to(tmp_path, old)
    with pytest.raises(ValueError, match="holds(?s:.*)  probe: only now"):
        keep_to(tmp_path, {**old, "probe": "epochs: 3"})  # of no stage
    new = {**old, "linear_probe": PROBE, "probe": "epochs: 3"}
    keep_to(tmp_path, new)
    assert json.loads((tmp_path / "settings.json").read_text()) == new
    keep_to(tmp_path, old)  # gone again, and not forgotten
    for key, value in (("probe", "epochs: 4"), ("linear_probe", REPORT)):
        with pytest.raises(ValueError, match=f"  {key}: "):
            keep_to(tmp_path, {**new, key: value})
    with pytest.raises(ValueError, match="loss: only now"):
        keep_to(tmp_path, {**new, "loss": "!new:A"})
    with pytest.raises(ValueError, match="seed: only there"):
        keep_to(tmp_path, {"report": REPORT})
    assert json.loads((tmp_path / "settings.json").read_text()) == new


def test_a_stage_may_change_until_it_runs(tmp_path):
    first = {"seed": "1", "linear_probe": PROBE, "probe": "epochs: 3"}
    keep_to(tmp_path, {**first, "report": REPORT}, ["report"])
    second = {**first, "probe": "epochs: 4", "report": REPORT}
    keep_to(tmp_path, second, ["linear_probe", "report"])
    assert json.loads((tmp_path / "settings.json").read_text()) == second
    with pytest.raises(ValueError, match="probe: epochs: 4 there, epochs: 3 n"):
        keep_to(tmp_path, {**first, "report": REPORT}, ["report"])


def test_before_anything_is_trained_a_mistake_is_mended(tmp_path):
    (tmp_path / "run" / "encoder.ckpt").unlink()
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    keep_to(tmp_path, {"manifest": "my.csvv"})
    (manifests / "labelled.csv").touch()
    (manifests / "mine.txt").touch()
    keep_to(tmp_path, {"manifest": "my.csv"})
    record = json.loads((tmp_path / "settings.json").read_text())
    assert record == {"manifest": "my.csv"}
    # What was made by the old settings would be taken for that of the new
    assert [p.name for p in manifests.iterdir()] == ["mine.txt"]


def test_comments_and_layout_do_not_count():
    one = settings_of("a: {b: 1}  # why\nc: [1, 2]\n")
    two = settings_of("# other words\na:\n    b: 1\nc: [1,   2]\n")
    assert one["c"] == two["c"]
    assert settings_of("fold: 1\nstages: [a]\n__set_seed: 2\n") == {}


def test_what_changes_from_call_to_call_is_free():
    base = Experiment(YAML).settings()
    free = "stages: [report]\nfold: 2\nlabel_fraction: 0.1\nnum_workers: 4"
    assert Experiment(YAML, free).settings() == base


@pytest.mark.parametrize(
    "override", ["seed: 7", "encoder: xvector", "batch_size: 16"]
)
def test_what_results_depend_on_is_not(override):
    assert Experiment(YAML, override).settings() != Experiment(YAML).settings()


def test_a_run_with_another_encoder_stops_before_any_stage(tmp_path):
    folder = f"output_folder: {tmp_path / 'run'}\nstages: [report]"
    first = Experiment(YAML, folder)
    with pytest.raises(FileNotFoundError, match="no predictions"):
        first.run()
    with pytest.raises(ValueError, match="other settings.*(?s:.*)encoder"):
        Experiment(YAML, f"{folder}\nencoder: xvector").run()


def test_a_stage_is_added_to_a_folder_in_use(tmp_path):
    models = Path(YAML).with_name("models").absolute().as_posix()
    text = Path(YAML).read_text(encoding="utf-8").replace("models", models)
    longer = text.replace(
        "report: !name",
        "in_domain: !name:sb_contrastive.stages.cross_validate\n"
        "    {start: pretrain_in_domain, steps: [gently]}\n"
        "gently: {trainable: output, epochs: 1}\nreport: !name",
    )
    folder = f"output_folder: {tmp_path / 'run'}\nstages: [report]"
    for name, words in (("a", text), ("b", longer), ("c", text)):
        path = tmp_path / f"{name}.yaml"
        path.write_text(words, encoding="utf-8")
        with pytest.raises(FileNotFoundError, match="no predictions"):
            Experiment(path, folder).run()
