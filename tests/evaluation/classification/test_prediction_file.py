"""Prediction rows come back from their file as they were written."""

import pytest
import torch

from sb_contrastive.evaluation.classification.prediction_file import (
    prediction_rows,
    read_predictions,
    write_predictions,
)

CLASSES = ["ill", "well"]
ROWS = [
    {"ID": "a", "spk_id": "S1", "label": "ill"},
    {"ID": "b", "spk_id": "S2", "label": ""},
    {"ID": "c"},
]
POSTERIORS = torch.tensor([[0.25, 0.75], [0.5, 0.5], [2 / 3, 1 / 3]])


def test_rows_follow_the_order_of_the_posteriors():
    found = prediction_rows(ROWS, "1", CLASSES, ["c", "a", "b"], POSTERIORS)
    assert [row["ID"] for row in found] == ["c", "a", "b"]
    # Of equal posteriors the first class wins
    assert [row["prediction"] for row in found] == ["well", "ill", "ill"]
    assert [row["label"] for row in found] == ["", "ill", ""]
    assert [row["spk_id"] for row in found] == ["", "S1", "S2"]


def test_a_file_holds_the_rows_with_five_decimals(tmp_path):
    rows = prediction_rows(ROWS, "1", CLASSES, ["a", "b", "c"], POSTERIORS)
    write_predictions(tmp_path / "fold_1" / "predictions.csv", rows)
    found = read_predictions(tmp_path / "fold_1" / "predictions.csv")
    for row, kept in zip(rows, found, strict=True):
        assert list(kept) == list(row)
        for key in ("ID", "spk_id", "fold", "label", "prediction"):
            assert kept[key] == row[key]
        for name in ("p_ill", "p_well"):
            assert float(kept[name]) == pytest.approx(row[name], abs=5e-6)
    assert found[2]["p_ill"] == "0.66667"
