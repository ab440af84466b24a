"""Stage `predict_held_out`: the official test part, heard by the models of all folds."""

import torch
from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation.classification.posteriors import class_posteriors
from sb_contrastive.evaluation.classification.prediction_file import (
    prediction_file,
)
from sb_contrastive.files import write_atomically
from sb_contrastive.stages.chunking import cut
from sb_contrastive.stages.corpus import experiment_classes, labelled_rows
from sb_contrastive.stages.folders import fractions, system_folder
from sb_contrastive.stages.recordings import held_out_rows
from sb_contrastive.weights_file import weights_from

logger = get_logger(__name__)


@main_process_only  # barriers within it wait for nobody
def predict_held_out(experiment, name, systems):
    """Predicts the held-out subjects: each chunk gets the mean posterior of
    the models that cross-validation has left, one for each fold.

    No model has been chosen by these subjects, and none has heard them.

    Arguments
    ---------
    experiment : Experiment
        Its systems have been cross-validated on every fold.
    name : str
        Name of the stage.
    systems : dict of str to str
        System -> its last training step, whose weights are used. One that
        has not run and is not in `stages` is left out, with a warning.
    """
    labelled = labelled_rows(experiment)
    rows = held_out_rows(experiment)
    if not rows:
        logger.warning(
            "The corpus has no held-out test part: stage %s has nothing to do",
            name,
        )
        return
    hparams = experiment.hparams
    classes = experiment_classes(hparams, labelled)
    rows = cut(hparams, "test_chunks", rows)
    for fraction in fractions(hparams):
        for system, step in systems.items():
            folder = system_folder(experiment, system, fraction)
            path = folder / "held_out" / "predictions.csv"
            weights = sorted(folder.glob(f"fold_*/{step}/model.ckpt"))
            if not weights and system in hparams["stages"]:
                raise FileNotFoundError(
                    f"{folder} holds no model of step {step!r}: put {system!r}"
                    f" before {name!r} in `stages`"
                )
            if not weights:
                logger.warning(
                    "%s has not run: it does not hear the held-out part", system
                )
                continue
            # Anew in each call: more folds may have been trained since
            logger.info(
                "%s: %d models hear the held-out part", system, len(weights)
            )
            posteriors = torch.stack(
                [
                    _posteriors(experiment, w, rows, len(classes))
                    for w in weights
                ]
            ).mean(dim=0)  # [folds, N, C] -> [N, C]
            write_atomically(
                path,
                prediction_file(
                    rows, "test", classes, [r["ID"] for r in rows], posteriors
                ),
            )


def _posteriors(experiment, weights, rows, classes):
    """Class posteriors of each row by one fold's model [N, C]."""
    encoder = experiment.load()["encoder"]
    modules = torch.nn.ModuleDict(
        {
            "encoder": encoder,
            "classifier": torch.nn.Linear(encoder.embedding_dim, classes),
        }
    )
    with weights_from(weights) as state:
        modules.load_state_dict(state)
    return class_posteriors(modules["encoder"], modules["classifier"], rows)
