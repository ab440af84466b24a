"""Label fractions are nested, stratified and stable."""

import math
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sb_contrastive.data.folds.label_fraction import label_fraction

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


def test_label_fraction_draws_anew_with_each_seed(make_rows):
    rows = make_rows(per_speaker=30)
    first = ids(label_fraction(rows, 0.1, 1))
    assert first == ids(label_fraction(rows, 0.1, 1))
    assert first != ids(label_fraction(rows, 0.1, 2))
    # a recorded draw: another one would silently alter everyone's experiments
    rows = [{"ID": f"u{i}", "label": "a"} for i in range(10)]
    assert ids(label_fraction(rows, 0.2, 1986)) == {"u3", "u4"}


@pytest.mark.parametrize("fraction", [0, -0.1, 1.01, 10, float("nan")])
def test_fractions_out_of_range(make_rows, fraction):
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        label_fraction(make_rows(), fraction, 0)


def test_label_fraction_needs_labels(make_rows):
    rows = make_rows()
    del rows[-1]["label"]
    with pytest.raises(ValueError, match="m.csv:512 has no 'label'"):
        label_fraction(rows, 0.5, 0)
