"""One fold of a system: its steps are trained one after the other, the last one predicts, and the result is told."""

import shutil

from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation.classification.prediction_file import (
    read_predictions,
    write_predictions,
)
from sb_contrastive.evaluation.classification.report import (
    classification_report,
)
from sb_contrastive.progress import current
from sb_contrastive.progress.duration import duration

logger = get_logger(__name__)

DONE = "predictions.csv"  # is there when the fold is finished


def train_and_test(system, part, fraction):
    """Train the steps on a fold, and leave predictions.csv.

    Arguments
    ---------
    system : System
        It has the steps.
    part : Part
        The fold.
    fraction : float
        Share of the training labels in it.
    """
    start = system.pretrained(fraction, part.fold)
    for number, step in enumerate(system.steps):
        training = step.call(part, step.key)
        several = step.key if len(system.steps) > 1 else None
        with current().naming(several), current().work(step.key):
            trained = training.run(start, first=number == 0)
        start = part.folder / step.key / "model.ckpt"
    predictions = training.predictions(trained, part.test, system.batch_size)
    run_on_main(_finish, args=[system, part.folder, predictions])


def _finish(system, folder, predictions):
    """Leave predictions.csv, which tells that the fold is finished."""
    write_predictions(folder / DONE, predictions)
    for step in system.steps:
        # The best weights are in model.ckpt: the rest was for resuming
        shutil.rmtree(folder / step.key / "save", ignore_errors=True)


def tell_result(system, fold, folder, names, seconds):
    """Say how a fold has ended.

    Arguments
    ---------
    system : System
        It has been trained on the fold.
    fold : str
        The test fold.
    folder : pathlib.Path
        Where its predictions are.
    names : list of str
        Parts of the sentence that say where the system is.
    seconds : float
        How long it took.

    Returns
    -------
    float
        Its UA.
    """
    rows = read_predictions(folder / DONE)
    report = classification_report(
        [row["label"] for row in rows],
        [row["prediction"] for row in rows],
        system.classes,
    )
    what = "chunks" if system.test_chunks is not None else "utterances"
    logger.info(
        f"{', '.join([system.name, *names])} (test on {fold}) took "
        f"{duration(seconds)}: UA {report['UA']:.1%} of {len(rows)} {what}"
    )
    return report["UA"]
