"""Splits keep speakers apart, whatever the folds are."""

import random
from collections import Counter

import pytest

from sb_contrastive.data.audio.check import check_audio
from sb_contrastive.data.folds.class_check import check_classes
from sb_contrastive.data.folds.folds import fold_names, split_fold
from sb_contrastive.data.folds.label_fraction import label_fraction
from sb_contrastive.data.manifests.manifest import read_manifest


def speakers(rows):
    return {row["spk_id"] for row in rows}


def test_fold_column_is_fold_then_session_then_speaker():
    row = {"ID": "a", "fold": "f", "session": "s", "spk_id": "p"}
    assert fold_names([row]) == ["f"]
    del row["fold"]
    assert fold_names([row]) == ["s"]
    del row["session"]
    assert fold_names([row]) == ["p"]
    del row["spk_id"]
    with pytest.raises(ValueError, match="fold, session or spk_id"):
        fold_names([row])


def test_fold_names_sort_numbers_by_value():
    rows = [{"fold": f} for f in ["10", "2", "Ses03", "Ses1", "1", "2"]]
    assert fold_names(rows) == ["1", "2", "10", "Ses1", "Ses03"]


def test_half_a_fold_column_is_refused(make_rows):
    rows = make_rows()
    del rows[3]["fold"]
    with pytest.raises(ValueError, match="m.csv:110 has no 'fold'"):
        fold_names(rows)


@pytest.mark.parametrize("validation", ["next_fold", "speakers"])
@pytest.mark.parametrize("folds, per_fold", [(3, 1), (5, 2), (12, 1)])
def test_parts_are_disjoint_and_cover_everything(
    make_rows, validation, folds, per_fold
):
    rows = make_rows(folds, per_fold)
    random.Random(0).shuffle(rows)
    tested = []
    for name in fold_names(rows):
        parts = split_fold(rows, name, validation)
        train, valid, test = parts
        assert all(parts)
        ids = [row["ID"] for part in parts for row in part]
        assert sorted(ids) == sorted(row["ID"] for row in rows)
        assert len(set().union(*map(speakers, parts))) == sum(
            len(speakers(part)) for part in parts
        )
        assert {row["fold"] for row in test} == {name}
        assert all(name != row["fold"] for row in train + valid)
        tested += test
    assert len(tested) == len(rows)


def test_next_fold_is_cyclic(make_rows):
    rows = make_rows()
    for test, valid in zip("12345", "23451"):
        parts = split_fold(rows, test)
        assert {row["fold"] for row in parts[1]} == {valid}
        assert parts == split_fold(rows, int(test))


def test_held_out_speaker_depends_on_the_fold_alone(make_rows):
    rows = make_rows(8, 2)
    chosen = {}
    for fold in fold_names(rows):
        _, valid, _ = split_fold(rows, fold, "speakers")
        _, shuffled, _ = split_fold(rows[::-1], fold, "speakers")
        assert len(speakers(valid)) == 1
        assert speakers(valid) == speakers(shuffled)
        chosen[fold] = speakers(valid).pop()
    assert len(set(chosen.values())) > 1


def test_errors_of_split_fold(make_rows):
    rows = make_rows()
    with pytest.raises(ValueError, match="no fold '6' .*1, 2, 3, 4, 5"):
        split_fold(rows, 6)
    with pytest.raises(ValueError, match="did you mean 'next_fold'"):
        split_fold(rows, 1, "nextfold")
    with pytest.raises(ValueError, match="needs three folds"):
        split_fold(make_rows(folds=2), 1)
    for validation in ("next_fold", "speakers", "stratified"):
        with pytest.raises(ValueError, match="all rows have the 'fold' '1'"):
            split_fold(make_rows(folds=1), 1, validation)
        with pytest.raises(ValueError, match="only one speaker, .*three or mo"):
            split_fold(make_rows(1, 1), 1, validation)
    with pytest.raises(ValueError, match="two speakers outside"):
        split_fold(make_rows(2, 1), 1, "speakers")
    rows = [{"spk_id": name} for name in ("ann", "bert")]
    with pytest.raises(ValueError, match="three speakers, and there are 2"):
        split_fold(rows, "ann")
    train, valid, test = split_fold(make_rows(folds=2), 1, "speakers")
    assert len(train) == len(valid) == 3 and len(test) == 6


@pytest.mark.parametrize("column", ["spk_id", "subject"])
@pytest.mark.parametrize("test_fold", [1, 2, 3])
def test_a_speaker_in_two_parts_is_named(make_rows, column, test_fold):
    rows = make_rows(3, 1)
    for row in rows:
        row[column] = f"p{row['fold']}"
    rows[-1][column] = "p1"  # fold 3, as is all else of p3
    with pytest.raises(ValueError) as error:
        split_fold(rows, test_fold)
    message = str(error.value)
    assert f"{column} 'p1'" in message
    assert "m.csv:302" in message and "m.csv:10" in message


def test_no_speakers_no_check(make_rows):
    rows = make_rows()
    for row in rows:
        del row["spk_id"]
    assert len(split_fold(rows, 1)[0]) == 18


def test_emodb(corpora):
    folder = corpora / "emodb"
    if not folder.is_dir():
        pytest.skip(f"there is no {folder}")
    rows = read_manifest(folder / "metadata.csv", required=["label", "fold"])
    assert len(rows) == 339
    assert Counter(row["label"] for row in rows) == {
        "ang": 127,
        "neu": 79,
        "hap": 71,
        "sad": 62,
    }
    check_classes(rows, ["ang", "hap", "neu", "sad"])
    assert fold_names(rows) == list("12345")
    sizes = []
    for fold in fold_names(rows):
        parts = split_fold(rows, fold)
        assert [len(speakers(part)) for part in parts] == [6, 2, 2]
        assert not speakers(parts[0]) & speakers(parts[2])
        sizes.append(len(parts[2]))
    assert sizes == [81, 51, 71, 63, 73]
    checked = check_audio(rows)
    for before, after in zip(rows, checked):
        assert after["stop"] == round(after["duration"] * 16000)
        assert abs(before["duration"] - after["duration"]) < 1e-4
    tenth = label_fraction(rows, 0.1, seed=1)
    assert abs(len(tenth) - 34) <= 2
