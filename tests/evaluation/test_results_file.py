"""results.json is whole, rounded, and in the order given."""

import json
import math

import numpy as np
import pytest
import torch

from sb_contrastive.evaluation.results_file import write_results


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
