"""Splits keep speakers apart, and label fractions are nested, stratified and stable."""

import math
import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sb_contrastive.data.audio.check import check_audio
from sb_contrastive.data.folds.folds import (
    check_classes,
    fold_names,
    label_fraction,
    split_fold,
)
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.manifests.source import SOURCE


def make_rows(folds=5, per_fold=2, per_speaker=3):
    return [
        {
            "ID": f"{f}-{s}-{i}",
            "fold": str(f),
            "spk_id": f"s{f}{s}",
            "label": "abc"[i % 3],
            SOURCE: f"m.csv:{f}{s}{i}",
        }
        for f in range(1, folds + 1)
        for s in range(per_fold)
        for i in range(per_speaker)
    ]


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


def test_half_a_fold_column_is_refused():
    rows = make_rows()
    del rows[3]["fold"]
    with pytest.raises(ValueError, match="m.csv:110 has no 'fold'"):
        fold_names(rows)


@pytest.mark.parametrize("validation", ["next_fold", "speakers"])
@pytest.mark.parametrize("folds, per_fold", [(3, 1), (5, 2), (12, 1)])
def test_parts_are_disjoint_and_cover_everything(validation, folds, per_fold):
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


def test_next_fold_is_cyclic():
    rows = make_rows()
    for test, valid in zip("12345", "23451"):
        parts = split_fold(rows, test)
        assert {row["fold"] for row in parts[1]} == {valid}
        assert parts == split_fold(rows, int(test))


def test_held_out_speaker_depends_on_the_fold_alone():
    rows = make_rows(8, 2)
    chosen = {}
    for fold in fold_names(rows):
        _, valid, _ = split_fold(rows, fold, "speakers")
        _, shuffled, _ = split_fold(rows[::-1], fold, "speakers")
        assert len(speakers(valid)) == 1
        assert speakers(valid) == speakers(shuffled)
        chosen[fold] = speakers(valid).pop()
    assert len(set(chosen.values())) > 1


def test_errors_of_split_fold():
    rows = make_rows()
    with pytest.raises(ValueError, match="no fold '6' .*1, 2, 3, 4, 5"):
        split_fold(rows, 6)
    with pytest.raises(ValueError, match="did you mean 'next_fold'"):
        split_fold(rows, 1, "nextfold")
    with pytest.raises(ValueError, match="needs three folds"):
        split_fold(make_rows(folds=2), 1)
    with pytest.raises(ValueError, match="needs three folds"):
        split_fold(make_rows(folds=1), 1)
    for folds, per_fold in [(1, 2), (2, 1)]:
        with pytest.raises(ValueError, match="two speakers outside"):
            split_fold(make_rows(folds, per_fold), 1, "speakers")
    train, valid, test = split_fold(make_rows(folds=2), 1, "speakers")
    assert len(train) == len(valid) == 3 and len(test) == 6


@pytest.mark.parametrize("column", ["spk_id", "subject"])
@pytest.mark.parametrize("test_fold", [1, 2, 3])
def test_a_speaker_in_two_parts_is_named(column, test_fold):
    rows = make_rows(3, 1)
    for row in rows:
        row[column] = f"p{row['fold']}"
    rows[-1][column] = "p1"  # fold 3, as is all else of p3
    with pytest.raises(ValueError) as error:
        split_fold(rows, test_fold)
    message = str(error.value)
    assert f"{column} 'p1'" in message
    assert "m.csv:302" in message and "m.csv:10" in message


def test_no_speakers_no_check():
    rows = make_rows()
    for row in rows:
        del row["spk_id"]
    assert len(split_fold(rows, 1)[0]) == 18


rows_with_labels = st.lists(
    st.tuples(st.sampled_from("pqr"), st.sampled_from("abcd")),
    min_size=1,
    max_size=60,
).map(
    lambda pairs: [
        {"ID": f"u{i}", "spk_id": spk, "label": label}
        for i, (spk, label) in enumerate(pairs)
    ]
)
fractions = st.floats(0.001, 1.0)


def ids(rows):
    return {row["ID"] for row in rows}


@settings(deadline=None, max_examples=60)
@given(rows_with_labels, fractions, fractions, st.integers(0, 9), st.randoms())
def test_label_fractions_are_nested_and_stratified(rows, f, g, seed, rng):
    low, high = sorted((f, g))
    small = label_fraction(rows, low, seed)
    large = label_fraction(rows, high, seed)
    assert ids(small) <= ids(large)
    assert small == [row for row in rows if row["ID"] in ids(small)]
    shuffled = rng.sample(rows, len(rows))
    assert ids(label_fraction(shuffled, low, seed)) == ids(small)
    assert {row["label"] for row in small} == {row["label"] for row in rows}
    assert label_fraction(rows, 1.0, seed) == rows
    strata = defaultdict(lambda: [0, 0])
    for row in rows:
        cell = strata[row["spk_id"], row["label"]]
        cell[0] += 1
        cell[1] += row["ID"] in ids(large)
    for total, drawn in strata.values():
        assert math.floor(high * total - 1e-9) <= drawn
        assert drawn <= max(math.ceil(high * total + 1e-9), 1)


@pytest.mark.parametrize("fraction", [0.01, 0.05, 0.1, 0.25, 0.5, 0.9])
def test_small_strata_still_add_up_to_the_share_of_each_class(fraction):
    rows = [
        {"ID": f"{s}{label}{i}", "spk_id": str(s), "label": label}
        for s in range(20)
        for label in "abcd"
        for i in range(5)
    ]
    for seed in range(3):
        counts = Counter(
            r["label"] for r in label_fraction(rows, fraction, seed)
        )
        assert counts == dict.fromkeys("abcd", round(100 * fraction))


def test_label_fraction_draws_anew_with_each_seed():
    rows = make_rows(per_speaker=30)
    first = ids(label_fraction(rows, 0.1, 1))
    assert first == ids(label_fraction(rows, 0.1, 1))
    assert first != ids(label_fraction(rows, 0.1, 2))
    # a recorded draw: another one would silently alter everyone's experiments
    rows = [{"ID": f"u{i}", "label": "a"} for i in range(10)]
    assert ids(label_fraction(rows, 0.2, 1986)) == {"u3", "u4"}


@pytest.mark.parametrize("fraction", [0, -0.1, 1.01, 10, float("nan")])
def test_fractions_out_of_range(fraction):
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        label_fraction(make_rows(), fraction, 0)


def test_label_fraction_needs_labels():
    rows = make_rows()
    del rows[-1]["label"]
    with pytest.raises(ValueError, match="m.csv:512 has no 'label'"):
        label_fraction(rows, 0.5, 0)


def test_check_classes():
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


def test_a_speaker_may_lack_classes_where_speakers_are_the_folds():
    rows = [
        {"ID": name, "spk_id": name, "label": label}
        for name, label in ["xi", "yi", "zc"]
    ]
    check_classes(rows, ["i", "c"])
    with pytest.raises(ValueError, match="manifest 'all' has no 'j'"):
        check_classes(rows, ["i", "c", "j"])


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
