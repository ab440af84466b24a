"""Whatever has left weights can be a start: which file is meant, of which fold, and what is refused."""

import json

import pytest

from sb_contrastive.systems.elsewhere import labels_heard, weights_elsewhere


@pytest.fixture
def run(tmp_path):
    """Makes the output folder of a run out of paths of its files."""

    def make(*paths, **settings):
        for path in paths:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).touch()
        if settings:
            text = json.dumps(settings)
            (tmp_path / "settings.json").write_text(text)
        return tmp_path

    return make


def found(folder, fold=None):
    return weights_elsewhere(folder, fold).relative_to(folder).as_posix()


PRETRAINED = "pretrain/encoder.ckpt"
FOLD = "labels_100/two_step/fold_1"


@pytest.mark.parametrize(
    "place, file",
    [
        ("", PRETRAINED),  # the run
        ("pretrain", PRETRAINED),
        (PRETRAINED, PRETRAINED),
        ("encoder", "encoder/embedding_model.ckpt"),
        ("model", "model/embedding_model.ckpt"),
        (f"{FOLD}/b_step", f"{FOLD}/b_step/model.ckpt"),
        # The step that was trained last, whatever the alphabet says
        (FOLD, f"{FOLD}/a_step/model.ckpt"),
        ("labels_100/two_step", f"{FOLD}/a_step/model.ckpt"),
    ],
)
def test_places_of_a_run(run, place, file):
    folder = run(
        PRETRAINED,
        "encoder/embedding_model.ckpt",
        "model/embedding_model.ckpt",
        f"{FOLD}/a_step/model.ckpt",
        f"{FOLD}/b_step/model.ckpt",
        two_step={"two_step": "", "seed": "1", "b_step": "", "a_step": ""},
    )
    assert weights_elsewhere(folder / place, "1") == folder / file


def test_each_fold_has_its_own(run):
    files = [f"pretrain/fold_{fold}/encoder.ckpt" for fold in (1, 2)]
    folder = run(*files)
    assert found(folder, "2") == files[1]
    (folder / "pretrain/fold_1/encoder.ckpt").rename(folder / "old.ckpt")
    (folder / "pretrain/fold_1").rmdir()
    # Not the one that is there: it has heard the speakers of the others
    for place in (folder, folder / "pretrain"):
        with pytest.raises(
            FileNotFoundError, match="of fold 1, only of fold_2"
        ):
            weights_elsewhere(place, "1")


def test_without_a_pretraining_stage_the_export_is_meant(run):
    model = "model/embedding_model.ckpt"
    assert found(run(model)) == model
    encoder = "encoder/embedding_model.ckpt"
    assert found(run(encoder)) == encoder


def test_several_are_not_chosen_among(run):
    folder = run(PRETRAINED, "adapt/encoder.ckpt")
    with pytest.raises(ValueError, match="one of its folders .*adapt"):
        weights_elsewhere(folder)
    folder = run(f"{FOLD}/a_step/model.ckpt", f"{FOLD}/b_step/model.ckpt")
    with pytest.raises(ValueError, match="several .* a_step, b_step"):
        weights_elsewhere(folder / FOLD)


def test_what_is_not_there(run):
    folder = run("hyperparams.yaml", "asr.ckpt")
    with pytest.raises(FileNotFoundError, match=r"\(its weights: asr.ckpt\)"):
        weights_elsewhere(folder)
    with pytest.raises(FileNotFoundError, match="did you mean 'asr.ckpt'"):
        weights_elsewhere(folder / "ars.ckpt")
    (folder / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="holds no encoder to start"):
        weights_elsewhere(folder / "empty")


def test_models_that_know_labels(run):
    folder = run(f"{FOLD}/a/model.ckpt", "encoder/embedding_model.ckpt")
    said = labels_heard(folder / FOLD / "a" / "model.ckpt")
    assert said == "trained with labels, fold_1 left out"
    exported = folder / "encoder" / "embedding_model.ckpt"
    assert labels_heard(exported) == ""
    exported.with_name("classifier.ckpt").touch()
    assert labels_heard(exported) == "trained with labels"
