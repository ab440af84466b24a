"""Manifests in an output folder: made anew when an input changes, and nothing of the user's is touched."""

import pytest

from sb_contrastive.experiment.provenance.contents import digest
from sb_contrastive.rows.prepared import prepare_once


@pytest.fixture
def prepare(tmp_path):
    """Prepares rows.csv and, by request, more.csv; counts how often."""
    made = []
    source = tmp_path / "my.csv"
    source.write_text("first")
    path = tmp_path / "manifests" / "rows.csv"

    def run(stop=False, more=False, **inputs):
        def make():
            made.append(inputs)
            if more:
                path.with_name("more.csv").write_text("more")
            path.write_text(source.read_text())
            if stop:
                raise KeyboardInterrupt

        try:
            content = {"my.csv": digest(source)}
            prepare_once(path, inputs, make, content, ["more.csv"])
        except KeyboardInterrupt:
            pass
        return len(made)

    return run


def test_made_once_for_the_same_content(prepare, tmp_path):
    assert prepare() == prepare() == 1
    (tmp_path / "my.csv").write_text("second")
    assert prepare() == 2
    assert (tmp_path / "manifests" / "rows.csv").read_text() == "second"
    assert prepare(classes="a") == 3


def test_results_outlive_the_corpus(prepare, tmp_path):
    prepare()
    (tmp_path / "my.csv").unlink()
    assert prepare() == 1


def test_what_was_cut_off_is_made_again(prepare):
    prepare(stop=True, more=True)
    assert prepare(more=True) == 2 and prepare(more=True) == 2


def test_files_of_other_inputs_are_taken_away(prepare, tmp_path):
    prepare(more=True)
    mine = tmp_path / "manifests" / "train.csv"
    mine.write_text("mine")
    prepare(classes="a")
    assert not (tmp_path / "manifests" / "more.csv").exists()
    assert mine.read_text() == "mine"


@pytest.mark.parametrize("name", ["rows.csv", "more.csv", "rows.json"])
def test_a_file_of_the_users_is_neither_used_nor_replaced(
    prepare, tmp_path, name
):
    path = tmp_path / "manifests" / name
    path.parent.mkdir()
    path.write_text("mine")
    with pytest.raises(ValueError, match=f"{name} is there, .* not written"):
        prepare()
    assert path.read_text() == "mine"


def test_an_edited_one_is_refused(prepare, tmp_path):
    prepare()
    (tmp_path / "manifests" / "rows.csv").write_text("edited")
    with pytest.raises(ValueError, match="rows.csv has changed since"):
        prepare()
