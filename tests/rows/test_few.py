"""--debug takes a few rows of every speaker and class, and no fold or class goes."""

from collections import Counter

from sb_contrastive.rows.few import MOST, few_rows


def test_every_speaker_and_class_stays():
    rows = [
        {"ID": f"{s}{c}{i}", "spk_id": s, "label": c, "fold": s}
        for i in range(5)
        for s in "xyz"
        for c in "ab"
    ]
    few = few_rows(rows)
    counts = Counter((row["spk_id"], row["label"]) for row in few)
    assert set(counts.values()) == {2} and len(counts) == 6
    assert few == [row for row in rows if row in few]  # in their order
    assert few_rows(few) == few


def test_rows_without_names_are_spread_over_the_corpus():
    rows = [{"ID": i} for i in range(10 * MOST + 3)]
    few = few_rows(rows)
    assert len(few) <= MOST and few[0] == rows[0]
    steps = {b["ID"] - a["ID"] for a, b in zip(few, few[1:])}
    assert len(steps) == 1
    assert few_rows(rows[:5]) == rows[:5] and few_rows([]) == []
