"""No subject is ever on both sides of a split, over random corpora; folds are stratified and stable."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sb_contrastive.data.folds.class_check import check_classes
from sb_contrastive.data.folds.folds import fold_names, split_fold
from sb_contrastive.data.folds.subject_folds import EACH_SUBJECT, assign_folds
from sb_contrastive.data.views.chunks import chunk_rows

SECONDS = st.lists(st.integers(1, 60), min_size=1, max_size=3)


@st.composite
def corpora(draw, choices):
    """Subjects as (class, seconds of each recording), shuffled, and one of the
    choices of folds; each class has subjects enough for it."""
    folds = draw(st.sampled_from(choices))
    least = max(folds, 3) if isinstance(folds, int) else 3
    each = st.lists(SECONDS, min_size=least, max_size=least + 8)
    drawn = [
        (label, seconds)
        for label in ("control", "dementia")
        for seconds in draw(each)
    ]
    return draw(st.permutations(drawn)), folds


def make_rows(drawn):
    return [
        {
            "ID": f"S{i:03d}_{j}",
            "subject": f"S{i:03d}",
            "spk_id": f"S{i:03d}",
            "label": label,
            "start": 0,
            "stop": seconds * 16000,
        }
        for i, (label, recordings) in enumerate(drawn)
        for j, seconds in enumerate(recordings)
    ]


def heard(rows):
    return {row["subject"] for row in rows}


@settings(deadline=None, max_examples=60)
@given(
    corpora([*range(3, 11), EACH_SUBJECT]),
    st.sampled_from(["next_fold", "stratified"]),
    st.randoms(),
)
def test_no_subject_is_on_both_sides(corpus, validation, rng):
    drawn, folds = corpus
    counts = Counter(label for label, _ in drawn)
    rows = make_rows(drawn)
    rng.shuffle(rows)
    rows = assign_folds(rows, folds)
    tested = []
    for name in fold_names(rows):
        parts = split_fold(rows, name, validation)
        chunks = [chunk_rows(part, 10.0, 5.0) for part in parts]
        for i, part in enumerate(parts):
            assert heard(chunks[i]) == heard(part)
            for other in parts[i + 1 :]:
                assert not heard(part) & heard(other)
        if validation == "stratified":
            assert {row["label"] for row in parts[1]} == set(counts)
        assert {row["label"] for row in parts[0]} == set(counts)
        tested += parts[2]
    assert sorted(r["ID"] for r in tested) == sorted(r["ID"] for r in rows)


@settings(deadline=None, max_examples=40)
@given(corpora(range(2, 11)), st.randoms())
def test_each_class_is_spread_evenly(corpus, rng):
    drawn, folds = corpus
    counts = Counter(label for label, _ in drawn)
    rows = assign_folds(make_rows(drawn), folds)
    check_classes(rows, sorted(counts))
    per_fold = {}
    for row in rows:
        per_fold.setdefault(row["fold"], {})[row["subject"]] = row["label"]
    assert len(per_fold) == folds
    sizes = [len(names) for names in per_fold.values()]
    assert max(sizes) - min(sizes) <= 1
    for label in counts:
        share = [Counter(names.values())[label] for names in per_fold.values()]
        assert max(share) - min(share) <= 1
    # The order of the rows draws nothing
    shuffled = make_rows(drawn)
    rng.shuffle(shuffled)
    again = {r["ID"]: r["fold"] for r in assign_folds(shuffled, folds)}
    assert again == {r["ID"]: r["fold"] for r in rows}


def test_mistakes_are_named():
    rows = make_rows([("control", [1, 1]), ("dementia", [1])] * 2)
    with pytest.raises(ValueError, match="'control' has 2 .*--folds 2 or"):
        assign_folds(rows, 3)
    with pytest.raises(ValueError, match="from 2 on or 'each_subject'"):
        assign_folds(rows, "all")
    rows[1]["label"] = "dementia"
    with pytest.raises(ValueError, match="'S000' is dementia here and control"):
        assign_folds(rows, 2)
    del rows[1]["label"]
    with pytest.raises(ValueError, match="S000_1 needs a subject and a label"):
        assign_folds(rows, 2)
    each = make_rows([("control", [1]), ("dementia", [1])] * 2)
    one_left = [r for r in each if r["subject"] != "S000"]
    with pytest.raises(ValueError, match="two speakers of each class"):
        split_fold(assign_folds(one_left, EACH_SUBJECT), "S001", "stratified")
