"""Tables show the numbers of the summary, in columns that line up."""

import pytest

from sb_contrastive.evaluation.classification.summary import summarise
from sb_contrastive.evaluation.classification.tables import (
    COLUMNS,
    fold_table,
    results_table,
)

CLASSES = ["angry", "happy", "sad"]


def test_results_table_holds_the_numbers(systems):
    summary = summarise(systems, CLASSES, draws=50)
    lines = results_table(summary).splitlines()
    line = next(x for x in lines if x.startswith("linear probe"))
    entry = summary["linear probe"]
    numbers = [float(x) for x in line[12:].split() if x not in "±-"]
    expected = [
        100 * part[m] for m in COLUMNS for part in (entry["mean"], entry["std"])
    ]
    expected += [100 * x for x in entry["intervals"]["UA"]]
    assert numbers == pytest.approx(expected, abs=0.051)
    assert lines[0].split()[:4] == ["system", "WA", "UA", "macro-F1"]
    assert "3 folds" in lines[-2] and "docs/glossary.md" in lines[-1]
    assert "micro" not in lines[0]


def test_one_fold_of_one_speaker_has_no_deviation_and_no_interval(systems):
    rows = [dict(row, spk_id="s1") for row in systems["DINO"]["Ses01"]]
    table = results_table(summarise({"DINO": {"Ses01": rows}}, CLASSES))
    assert "±" not in table and "two speakers" in table


def test_chance_line_is_the_commonest_class(systems):
    summary = summarise(systems, CLASSES, draws=10)
    (line,) = [x for x in results_table(summary).splitlines() if "chance" in x]
    labels = [r["label"] for f in systems["DINO"].values() for r in f]
    share = max(labels.count(c) for c in CLASSES) / len(labels)
    assert "'angry'" in line
    numbers = [float(x) for x in line.split("'angry'")[1].split()]
    assert numbers[:2] == pytest.approx([100 * share, 100 / 3], abs=0.051)


def test_every_test_set_has_its_own_chance_line(systems):
    del systems["DINO"]["Ses03"]
    summary = summarise(systems, CLASSES, draws=10)
    lines = [x for x in results_table(summary).splitlines() if "chance" in x]
    assert len(lines) == 2


def test_fold_table(systems):
    del systems["linear probe"]["Ses02"]
    summary = summarise(systems, CLASSES, draws=10)
    lines = fold_table(summary, "WA").splitlines()
    second = next(x for x in lines if x.startswith("Ses02")).split()
    value = summary["DINO"]["folds"]["Ses02"]["WA"]
    assert second == ["Ses02", f"{100 * value:.1f}", "-"]
    mean = summary["linear probe"]["mean"]["WA"]
    assert lines[-1].split()[2] == f"{100 * mean:.1f}"
    with pytest.raises(ValueError, match="mean 'macro_F1'"):
        fold_table(summary, "macro-f1")


def test_columns_line_up(systems):
    summary = summarise(systems, CLASSES, draws=10)
    for table in (fold_table(summary), results_table(summary)):
        lines = table.splitlines()
        rule = next(x for x in lines if x.startswith("---"))
        assert max(map(len, lines[:4])) == len(rule)
