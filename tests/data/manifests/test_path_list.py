"""Paths joined by commas, of which some have commas in their names."""

import pytest

from sb_contrastive.data.manifests.path_list import split_paths


@pytest.fixture
def folders(tmp_path):
    for name in ("a", "a,b", "b", "c,d,e"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_what_exists_is_one_path(folders):
    def split(*names):
        paths = split_paths(",".join(f"{folders}/{name}" for name in names))
        return [path.removeprefix(f"{folders}/") for path in paths]

    assert split("a,b") == ["a,b"]
    assert split("a", "b") == ["a", "b"]
    assert split("c,d,e", "a,b", "a") == ["c,d,e", "a,b", "a"]


def test_a_list_is_taken_as_it_is(folders):
    assert split_paths(["x,y", "z"]) == ["x,y", "z"]
    assert split_paths("absent.csv") == ["absent.csv"]  # whoever reads it tells


def test_what_is_not_there_is_named_with_the_whole(folders):
    with pytest.raises(FileNotFoundError, match="no .*/x: commas separate"):
        split_paths(f"{folders}/a,{folders}/x")
    with pytest.raises(FileNotFoundError, match="no .*/c: commas separate"):
        split_paths(f"{folders}/c,d")
