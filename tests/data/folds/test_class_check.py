"""A label that is not expected, or a fold without a class, is named."""

import pytest

from sb_contrastive.data.folds.class_check import check_classes


def test_check_classes(make_rows):
    rows = make_rows()
    check_classes(rows, ["a", "b", "c"])
    with pytest.raises(ValueError, match="m.csv:102 has the label 'c'"):
        check_classes(rows, ["a", "b"])
    with pytest.raises(ValueError, match="fold '1' has no 'd', fold '2' has"):
        check_classes(rows, ["a", "b", "c", "d"])
    lame = [r for r in rows if (r["fold"], r["label"]) != ("4", "b")]
    with pytest.raises(ValueError, match="but fold '4' has no 'b'$"):
        check_classes(lame, ["a", "b", "c"])
    rows[0]["label"] = "sda"
    with pytest.raises(ValueError, match="did you mean 'sad'"):
        check_classes(rows, ["sad", "a", "b", "c"])
    del rows[0]["label"]
    with pytest.raises(ValueError, match="m.csv:100 has no 'label'"):
        check_classes(rows, ["a", "b", "c"])


def test_one_class_alone_is_nothing_to_tell_apart():
    rows = [{"ID": str(i), "label": "ill"} for i in range(5)]
    with pytest.raises(ValueError, match="all of the 5 .* the label 'ill'"):
        check_classes(rows, ["ill"])


def test_a_speaker_may_lack_classes_where_speakers_are_the_folds():
    rows = [
        {"ID": name, "spk_id": name, "label": label}
        for name, label in ["xi", "yi", "zc"]
    ]
    check_classes(rows, ["i", "c"])
    with pytest.raises(ValueError, match="manifest 'all' has no 'j'"):
        check_classes(rows, ["i", "c", "j"])
