import json
import math
import statistics
import subprocess
import sys

import numpy as np
import pytest
import torch

from sb_contrastive.evaluation.classification import (
    METRICS,
    bootstrap_intervals,
    classification_report,
)
from sb_contrastive.evaluation.report import (
    fold_table,
    results_table,
    summarise,
    versions,
    write_results,
)

CLASSES = ["angry", "happy", "sad"]


def prediction_rows(fold, n=30, accuracy=0.6, seed=0):
    labels_drawn = np.random.default_rng(sum(map(ord, fold)))
    generator = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        label = str(labels_drawn.choice(CLASSES, p=[0.5, 0.3, 0.2]))
        right = generator.random() < accuracy
        guess = label if right else str(generator.choice(CLASSES))
        rows.append(
            {
                "ID": f"{fold}_{i}",
                "spk_id": f"{fold}_{'FM'[i % 2]}",
                "fold": fold,
                "label": label,
                "prediction": guess,
            }
        )
    return rows


@pytest.fixture
def systems():
    folds = ("Ses01", "Ses02", "Ses03")
    return {
        name: {
            fold: prediction_rows(fold, 20 + 5 * i, accuracy, seed=i)
            for i, fold in enumerate(folds)
        }
        for name, accuracy in (("DINO", 0.7), ("linear probe", 0.4))
    }


def test_summary_agrees_with_scoring_by_hand(systems):
    entry = summarise(systems, CLASSES, draws=50, seed=4)["DINO"]
    values = []
    pooled = []
    for fold, rows in systems["DINO"].items():
        labels = [r["label"] for r in rows]
        predictions = [r["prediction"] for r in rows]
        report = classification_report(labels, predictions, CLASSES)
        assert entry["folds"][fold] == report
        values.append(report["UA"])
        pooled += rows
    assert entry["mean"]["UA"] == pytest.approx(sum(values) / 3)
    assert entry["std"]["UA"] == pytest.approx(statistics.stdev(values))
    labels = [r["label"] for r in pooled]
    predictions = [r["prediction"] for r in pooled]
    assert entry["pooled"] == classification_report(
        labels, predictions, CLASSES
    )
    assert entry["intervals"] == bootstrap_intervals(
        labels, predictions, [r["spk_id"] for r in pooled], CLASSES, 50, 4
    )


def test_one_fold_has_no_deviation_and_one_speaker_no_interval(systems):
    rows = [dict(row, spk_id="s1") for row in systems["DINO"]["Ses01"]]
    summary = summarise({"DINO": {"Ses01": rows}}, CLASSES)
    assert summary["DINO"]["std"] == dict.fromkeys(METRICS)
    assert summary["DINO"]["intervals"] == {}
    table = results_table(summary)
    assert "±" not in table and "two speakers" in table


def test_results_table_holds_the_numbers(systems):
    summary = summarise(systems, CLASSES, draws=50)
    lines = results_table(summary).splitlines()
    line = next(x for x in lines if x.startswith("linear probe"))
    entry = summary["linear probe"]
    numbers = [float(x) for x in line[12:].split() if x not in "±-"]
    expected = [
        100 * part[m] for m in METRICS for part in (entry["mean"], entry["std"])
    ]
    expected += [100 * x for x in entry["intervals"]["UA"]]
    assert numbers == pytest.approx(expected, abs=0.051)
    assert lines[0].split()[:4] == ["system", "WA", "UA", "macro-F1"]
    assert "3 folds" in lines[-1]


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


def test_summary_mistakes(systems):
    rows = systems["DINO"]["Ses01"]
    with pytest.raises(ValueError, match="'DINO' has no fold"):
        summarise({"DINO": {}}, CLASSES)
    with pytest.raises(ValueError, match="fold 'Ses01'.*no predictions"):
        summarise({"DINO": {"Ses01": []}}, CLASSES)
    with pytest.raises(ValueError, match="Ses01_0 was predicted twice"):
        summarise({"DINO": {"Ses01": [*rows, rows[0]]}}, CLASSES)
    del rows[3]["spk_id"]
    with pytest.raises(ValueError, match="lacks spk_id.*Ses01_3"):
        summarise(systems, CLASSES)


def test_write_results_rounds_and_keeps_the_order(tmp_path):
    path = tmp_path / "run" / "results.json"
    results = {
        "z": 1 / 3,
        "a": [np.float32(0.5), np.arange(2), torch.tensor([1.5])],
        "learning_rate": 1.23456789e-7,
        "train_seconds": 12345.678901234,
        "nan": math.nan,
        "seed": 7,
        "data": tmp_path,
        "versions": {"torch": None, 3: "é"},
        "done": True,
    }
    write_results(path, results)
    read = json.loads(path.read_text(encoding="utf-8"))
    assert list(read) == list(results)
    assert read == {
        "z": 0.333333,
        "a": [0.5, [0, 1], [1.5]],
        "learning_rate": 1.23457e-7,
        "train_seconds": 12345.678901,
        "nan": None,
        "seed": 7,
        "data": str(tmp_path),
        "versions": {"torch": None, "3": "é"},
        "done": True,
    }


def test_write_results_is_all_or_nothing(tmp_path):
    path = tmp_path / "results.json"
    write_results(path, {"UA": 0.5})
    before = path.read_bytes()
    with pytest.raises(TypeError):
        write_results(path, {"UA": 0.6, "bad": object()})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]  # no partial file left


def test_versions_are_those_of_the_packages():
    found = versions()
    assert found["torch"] == torch.__version__.split("+")[0]
    assert found["numpy"] == np.__version__
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))


def test_heavy_packages_are_imported_late():
    code = (
        "import sys; from sb_contrastive.evaluation import versions; "
        "versions(); heavy = {'torchaudio', 'speechbrain', 'matplotlib', "
        "'sklearn', 'scipy'}; sys.exit(str(heavy & set(sys.modules) or ''))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert run.stderr.strip() == ""
