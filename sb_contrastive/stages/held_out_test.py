"""Stage `predict_held_out`: the official test part is predicted by the models of all folds."""

from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation.classification.held_out import (
    ensemble_predictions,
)
from sb_contrastive.evaluation.classification.prediction_file import (
    write_predictions,
)
from sb_contrastive.experiment.signatures import checked_by
from sb_contrastive.rows.recordings import held_out_rows
from sb_contrastive.systems.folders import system_folder

logger = get_logger(__name__)


def check_held_out(experiment, name, /, systems: list[str]):
    """Refuse systems that are not there, see `predict_held_out`."""
    for system in systems:
        experiment.system(system)


@checked_by(check_held_out)
@main_process_only  # barriers within it wait for nobody
def predict_held_out(
    experiment, name, /, systems: list[str], *, stages: list[str]
):
    """Predict the held-out subjects: each chunk gets the mean posterior of
    the models that cross-validation has left, one for each fold.

    No model has been chosen by these subjects, and none has heard them.

    Arguments
    ---------
    experiment : Experiment
        Its systems have been trained on every fold.
    name : str
        Name of the stage.
    systems : list of str
        Systems by name. One that has not run and is not in `stages` is left
        out, with a warning.
    stages : list of str
        The stages of this call.
    """
    for system in map(experiment.system, systems):
        rows = held_out_rows(experiment)
        if not rows:
            logger.warning(
                "The corpus has no held-out test part: stage %s has nothing to"
                " do",
                name,
            )
            return
        for fraction in system.fractions:
            folds = system.finished(fraction)
            if not folds and system.name in stages:
                raise FileNotFoundError(
                    f"{experiment.folder} holds no model of {system.name}: put"
                    f" {system.name!r} before {name!r} in `stages`"
                )
            if not folds:
                logger.warning(
                    "%s has not run: it does not hear the held-out part",
                    system.name,
                )
                continue
            # Anew in each call: more folds may have been trained since
            _predict(experiment, system, fraction, folds, system.tested(rows))


def _predict(experiment, system, fraction, folds, rows):
    logger.info("%s: %d models hear the held-out part", system.name, len(folds))
    posteriors = (
        step.posteriors(networks, rows)
        for step, networks in (system.trained(fraction, f) for f in folds)
    )
    folder = system_folder(experiment, system.name, fraction) / "held_out"
    write_predictions(
        folder / "predictions.csv",
        ensemble_predictions(posteriors, rows, system.classes),
    )
