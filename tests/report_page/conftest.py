"""Output folders of runs, as the package's own functions leave them, without training."""

import json

import numpy as np
import pytest
import soundfile

from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.data.trials.trial_sets import trial_set
from sb_contrastive.evaluation.classification.outputs import (
    write_classification,
)
from sb_contrastive.evaluation.classification.prediction_file import (
    prediction_rows,
    write_predictions,
)
from sb_contrastive.evaluation.plots import embedding_map
from sb_contrastive.evaluation.verification.outputs import write_verification

CLASSES = ["calm", "<b>loud</b>"]
EPOCHS = [
    {"epoch": e, "train_loss": 2.0 / e, "valid_loss": 3.0 / e, "valid_UA": 0.5}
    for e in (1, 2, 3)
]
SETTINGS = {
    "pretrain": {
        "pretrain": "!name:pretrain\nepochs: 3",
        "pretraining_brain": "!name:DINOBrain\nhead:\n  num_prototypes: 64",
        "manifest": None,
    }
}


@pytest.fixture(scope="session")
def speech(tmp_path_factory):
    """Six seconds of noise at 32 kHz, more than a clip holds."""
    path = tmp_path_factory.mktemp("speech") / "a.wav"
    noise = np.random.default_rng(0).normal(0, 0.05, 6 * 32000)
    soundfile.write(path, noise, 32000)
    return path


def _predictions(accuracy, seed):
    """Return {fold: prediction rows} of four speakers."""
    draw = np.random.default_rng(seed)
    folds = {}
    for fold in ("1", "2"):
        rows = [
            {
                "ID": f"u{fold}{s}{i}",
                "spk_id": f"s{fold}{s}",
                "label": CLASSES[i % 2],
            }
            for s in range(2)
            for i in range(10)
        ]
        right = draw.random(len(rows)) < accuracy
        p = [
            [0.9, 0.1] if (r["label"] == CLASSES[0]) == ok else [0.2, 0.8]
            for r, ok in zip(rows, right)
        ]
        ids = [r["ID"] for r in rows]
        folds[fold] = prediction_rows(rows, fold, CLASSES, ids, p)
    return folds


@pytest.fixture
def classified(tmp_path, speech):
    """Makes the folder of a classification."""

    def make(name="run", accuracy=0.8, seed=3, synthetic=False):
        folder = tmp_path / name
        systems = {
            "two_step": _predictions(accuracy, 0),
            "from_scratch": _predictions(0.6, 1),
        }
        write_classification(
            folder,
            systems,
            CLASSES,
            experiment=name,
            seed=seed,
            protocol={"corpus": "/data/EmoDB", "synthetic": synthetic},
            speed={"train_seconds": 90.0},
        )
        for title, folds in systems.items():
            for fold, rows in folds.items():
                own = folder / "labels_100" / title / f"fold_{fold}"
                write_predictions(own / "predictions.csv", rows)
                (own / "train").mkdir()
                log = {"epochs": EPOCHS, "train_seconds": 1.0}
                (own / "train" / "log.json").write_text(json.dumps(log))
        (folder / "settings.json").write_text(json.dumps(SETTINGS))
        (folder / "manifests").mkdir()
        lines = ["ID,wav,start,stop"]
        lines += [
            f"{r['ID']},{speech},0,192000"
            for rows in systems["two_step"].values()
            for r in rows
        ]
        text = "\n".join(lines)
        (folder / "manifests" / "labelled.csv").write_text(text)
        z = np.random.default_rng(0).normal(size=(5, 3))
        embedding_map(
            z,
            {"speaker": ["ann", "<i>bob</i>", "ann", "cy", "dee"]},
            folder / "plots" / "embeddings.png",
            names=list("abcde"),
        )
        return folder

    return make


@pytest.fixture
def verified(tmp_path, speech):
    """Makes the folder of a speaker verification."""

    def make(name="sv"):
        files = [f"s{i // 4}/{i}.wav" for i in range(12)]
        enrol, test = np.triu_indices(12, 1)
        labels = enrol // 4 == test // 4
        trials = Trials(labels, enrol, test, files)
        rows = [
            {"ID": f, "wav": str(speech), "start": 0, "stop": 32000}
            for f in files
        ]
        draw = np.random.default_rng(0)
        scores = {
            title: {"mine": (gap * labels + draw.normal(size=len(labels)))}
            for title, gap in (("DINO", 3.0), ("random weights", 0.5))
        }
        write_verification(
            tmp_path / name,
            {"mine": trial_set(trials, rows)},
            scores,
            experiment=name,
            seed=1,
            protocol={"corpus": "VoxCeleb1", "synthetic": False},
            speed={},
        )
        return tmp_path / name

    return make
