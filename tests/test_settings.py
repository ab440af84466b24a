"""An output folder belongs to one experiment."""

import pytest

from sb_contrastive.experiment import Experiment
from sb_contrastive.settings import keep_to, settings_of

YAML = "hparams/dino_ser.yaml"


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
