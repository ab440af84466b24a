"""Predictions of two systems on three folds."""

import numpy as np
import pytest

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
    """{system: {fold: prediction rows}} of the classes angry, happy and sad;
    DINO is the better one."""
    folds = ("Ses01", "Ses02", "Ses03")
    return {
        name: {
            fold: prediction_rows(fold, 20 + 5 * i, accuracy, seed=i)
            for i, fold in enumerate(folds)
        }
        for name, accuracy in (("DINO", 0.7), ("linear probe", 0.4))
    }
