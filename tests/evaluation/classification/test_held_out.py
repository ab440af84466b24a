"""A held-out part gets the mean posteriors of several models, utterance by utterance."""

from types import SimpleNamespace

import pytest
import torch

from sb_contrastive.evaluation.classification import fold_report
from sb_contrastive.evaluation.classification.fold_report import (
    HELD_OUT,
    evaluate_fold,
)
from sb_contrastive.evaluation.classification.held_out import (
    ensemble_predictions,
    mean_predictions,
)
from sb_contrastive.evaluation.classification.prediction_file import (
    read_predictions,
)

CLASSES = ["ill", "well"]
ROWS = [{"ID": str(n), "spk_id": f"S{n}", "label": ""} for n in range(5)]


@pytest.fixture
def posteriors(monkeypatch):
    """Posteriors [models, N, C]; a model is its number."""
    generator = torch.Generator().manual_seed(0)
    table = torch.rand(3, len(ROWS), 2, generator=generator).softmax(-1)
    monkeypatch.setattr(
        fold_report, "class_posteriors", lambda encoder, *rest: table[encoder]
    )
    return table


def test_models_are_averaged_utterance_by_utterance(posteriors):
    one_by_one = (model for model in posteriors)
    for n, row in enumerate(ensemble_predictions(one_by_one, ROWS, CLASSES)):
        mean = [sum(m[n, k].item() for m in posteriors) / 3 for k in (0, 1)]
        assert [row["p_ill"], row["p_well"]] == pytest.approx(mean)
        assert row["prediction"] == CLASSES[mean.index(max(mean))]
        assert (row["ID"], row["spk_id"], row["fold"]) == (
            str(n),
            f"S{n}",
            "test",
        )


def test_folds_that_come_one_by_one_make_the_same_mean(
    posteriors, tmp_path, monkeypatch
):
    """A recipe predicts the held-out part fold by fold and averages files."""
    for fold in range(3):
        brain = SimpleNamespace(
            classes=CLASSES,
            ids=["a", "b"],
            posteriors=[[0.9, 0.1], [0.2, 0.8]],
            pretrained_encoder=lambda fold=fold: fold,
            modules=SimpleNamespace(classifier=torch.nn.Identity()),
            device="cpu",
        )
        given = [
            {"ID": name, "spk_id": name, "label": label}
            for name, label in zip("ab", CLASSES)
        ]
        evaluate_fold(
            brain,
            given,
            fold=fold,
            folder=tmp_path,
            experiment="system",
            seed=1,
            corpus="nowhere",
            protocol={"split": "", "selection": "", "pretraining": ""},
            speeds=[],
            held_out=ROWS,
        )
    kept = [read_predictions(p) for p in tmp_path.glob(f"fold_*/{HELD_OUT}")]
    found = mean_predictions(kept, CLASSES)
    together = ensemble_predictions(posteriors, ROWS, CLASSES)
    for row, expected in zip(found, together, strict=True):
        assert row["prediction"] == expected["prediction"]
        assert row["p_ill"] == pytest.approx(expected["p_ill"], abs=1e-5)


def test_different_utterances_are_refused():
    models = [
        [{"ID": i, "p_ill": 0.5, "p_well": 0.5}] for i in ("first", "other")
    ]
    with pytest.raises(ValueError, match="first and other"):
        mean_predictions(models, CLASSES)
