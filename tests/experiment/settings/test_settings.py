"""An output folder belongs to one experiment, stage by stage."""

import json

import pytest

from sb_contrastive.experiment import Experiment
from sb_contrastive.experiment.document import Document
from sb_contrastive.experiment.settings import Settings

YAML = "hparams/dino_ser.yaml"


@pytest.fixture
def ran(tmp_path):
    """Notes a stage with values as if it had run, and left a checkpoint."""

    def run(text, stage="sort", values=("lr",), trained=True):
        settings = Settings(tmp_path, Document(text))
        settings.begin(stage)
        settings.note(values)
        (tmp_path / stage).mkdir(exist_ok=True)
        if trained:
            (tmp_path / stage / "encoder.ckpt").touch()
        return json.loads((tmp_path / "settings.json").read_text())

    return run


def check(folder, text, stages=("sort",)):
    Settings(folder, Document(text)).check(stages)


def test_the_same_values_may_fill_a_folder_again(tmp_path, ran):
    before = ran("lr: 0.1\nsort: !name:sorted")
    check(tmp_path, "# other words\nlr:   0.1  # why\nsort: !name:sorted\n")
    assert ran("lr: 0.1\nsort: !name:sorted") == before


@pytest.mark.parametrize(
    "text, said",
    [
        ("lr: 0.2\nsort: !name:sorted", "sort: lr: 0.1 there, 0.2 now"),
        ("sort: !name:sorted", "sort: lr: only there"),
        (
            "lr: 0.1\nsort: !name:sorted {reverse: True}",
            "sort: sort reverse: nothing there, True now",
        ),
        ("seed: 3\nlr: 0.1\nsort: !name:sorted", "sort: seed: only now"),
        (
            "precision: bf16\nlr: 0.1\nsort: !name:sorted",
            "sort: precision: only now",
        ),
    ],
)
def test_another_value_is_refused_and_shown(tmp_path, ran, text, said):
    ran("lr: 0.1\nsort: !name:sorted")
    with pytest.raises(ValueError, match=f"holds sort of(?s:.*)  {said}"):
        check(tmp_path, text)


def test_values_that_the_stage_has_not_taken_may_change(tmp_path, ran):
    ran("lr: 0.1\nbatch: 3\nsort: !name:sorted")
    check(tmp_path, "lr: 0.1\nbatch: 4\nsort: !name:sorted\nmore: !name:print")


def test_another_stage_may_have_other_values(tmp_path, ran):
    ran("lr: 0.1\nsort: !name:sorted")
    check(tmp_path, "lr: 0.2\nsort: !name:sorted\nsum: !name:sum", ["sum"])
    ran("lr: 0.2\nsort: !name:sorted\nsum: !name:sum", stage="sum")
    with pytest.raises(ValueError, match="holds sort of"):
        check(tmp_path, "lr: 0.2\nsort: !name:sorted\nsum: !name:sum")


def test_before_anything_is_trained_a_mistake_is_mended(tmp_path, ran):
    ran("lr: 0.1\nsort: !name:sorted", trained=False)
    check(tmp_path, "lr: 0.2\nsort: !name:sorted")
    record = ran("lr: 0.2\nsort: !name:sorted")
    assert record["sort"]["lr"] == "0.2"
    # Nothing of the user's is touched
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "mine.csv").touch()
    ran("lr: 0.3\nsort: !name:sorted", stage="other", trained=False)
    assert (tmp_path / "manifests" / "mine.csv").is_file()


def test_a_value_that_was_left_at_its_default_is_noted_too(tmp_path, ran):
    ran("sort: !name:sorted")
    with pytest.raises(ValueError, match="sort: lr: only now"):
        check(tmp_path, "lr: 0.1\nsort: !name:sorted")


def test_values_free_to_change_are_not_noted(tmp_path, ran):
    text = "num_workers: {}\nfold: {}\nsort: !name:sorted"
    ran(text.format(0, 1), values=["num_workers", "fold"])
    check(tmp_path, text.format(4, 2))


def test_a_folder_of_an_earlier_version_is_refused(tmp_path):
    (tmp_path / "settings.json").write_text('{"seed": "1986"}')
    with pytest.raises(ValueError, match="earlier version .* --output_folder"):
        check(tmp_path, "sort: !name:sorted")


def test_a_stage_notes_what_it_takes_and_no_more(tmp_path):
    experiment = Experiment(YAML, f"output_folder: {tmp_path}")
    experiment.settings.begin("two_step")
    system = experiment.system("two_step")
    record = json.loads((tmp_path / "settings.json").read_text())["two_step"]
    assert "validation" in record and "pretraining_brain" not in record
    assert "encoder" not in record  # no network was asked for yet
    system.steps[0].build()
    record = json.loads((tmp_path / "settings.json").read_text())["two_step"]
    assert "finetune_affine" in record and "prototypes" not in record


def test_a_value_read_through_a_kept_result_is_noted_for_each_stage(tmp_path):
    def rows(experiment, *, manifest=None):
        return manifest

    experiment = Experiment(
        YAML, f"output_folder: {tmp_path}\nmanifest: my.csv"
    )
    for stage in ("two_step", "from_scratch"):
        experiment.settings.begin(stage)
        assert experiment.once(rows) == "my.csv"
    record = json.loads((tmp_path / "settings.json").read_text())
    assert record["two_step"]["manifest"] == "my.csv"
    assert record["from_scratch"]["manifest"] == "my.csv"
