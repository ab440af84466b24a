"""Stage `cross_validate`: trains and tests one system on every fold."""

import gc
import shutil

from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.folds.folds import split_fold
from sb_contrastive.data.folds.label_fraction import label_fraction
from sb_contrastive.evaluation.classification.prediction_file import (
    prediction_file,
)
from sb_contrastive.files import write_atomically
from sb_contrastive.stages.chunking import cut
from sb_contrastive.stages.classifier_step import ClassifierStep
from sb_contrastive.stages.corpus import experiment_classes, labelled_rows
from sb_contrastive.stages.folders import (
    chosen_folds,
    fractions,
    pretrained_weights,
    system_folder,
)

logger = get_logger(__name__)


def cross_validate(experiment, name, start, steps, rows=labelled_rows):
    """Trains a classifier for each test fold, in one or more steps, and writes
    its predictions on that fold.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives the steps by name (`trainable`, `epochs`,
        `learning_rate`, `encoder_rate`), `classification_brain`, `chunk`,
        `label_fraction`, ...
        A step's `kind` is the class that trains it, `ClassifierStep` when
        absent; that of the last predicts classes.
    name : str
        Name of the system, and of its folder.
    start : str or None
        The pretraining stage whose encoder it starts from; None starts from
        random weights.
    steps : list of str
        Names of the training steps, in order; each starts from the best
        checkpoint of the one before.
    rows : callable
        Experiment -> labelled manifest rows, with folds: a control may hear
        something else of the same speakers.
    """
    hparams = experiment.hparams
    if not hparams[steps[-1]].get("kind", ClassifierStep).predicts:
        raise ValueError(
            f"{name} ends with the step {steps[-1]!r}, which predicts no "
            f"classes: let one follow that does"
        )
    rows = rows(experiment)
    classes = experiment_classes(hparams, rows)
    for fraction in fractions(hparams):
        for fold in chosen_folds(hparams, rows):
            folder = system_folder(experiment, name, fraction) / f"fold_{fold}"
            if (folder / "predictions.csv").is_file():
                continue
            logger.info(f"{name}, fold {fold}, {fraction:.0%} of the labels")
            train, valid, test = split_fold(rows, fold, hparams["validation"])
            train = label_fraction(train, fraction, hparams["seed"])
            # After the split: chunks of a recording stay on one side
            train = cut(hparams, "training_chunks", train)
            valid = cut(hparams, "test_chunks", valid)
            test = cut(hparams, "test_chunks", test)
            model = start and pretrained_weights(experiment, start, fold)
            for number, step in enumerate(steps):
                kind = hparams[step].get("kind", ClassifierStep)
                training = kind(experiment, step, folder / step, classes, fold)
                brain = training.run(
                    (train, valid, test), model, first=number == 0
                )
                model = folder / step / "model.ckpt"
            whole = training.whole(test)
            _test(brain, whole, hparams["batch_size"])
            predictions = prediction_file(
                test, fold, brain.classes, brain.ids, brain.posteriors
            )
            run_on_main(_finish, args=[folder, steps, predictions])
            del training, brain, whole
            # A Brain and its checkpointer hold each other, with all their audio
            gc.collect()


def _test(brain, dataset, batch_size):
    """Hears the test fold with the best weights, already in place; each process
    hears all of it, and every utterance counts once."""
    brain.checkpointer = None  # or evaluate() would look for a newer one
    brain.evaluate(dataset, test_loader_kwargs={"batch_size": batch_size})


def _finish(folder, steps, predictions):
    """Leaves predictions.csv, which tells that the fold is finished."""
    write_atomically(folder / "predictions.csv", predictions)
    for step in steps:
        # The best weights are in model.ckpt: the rest was for resuming
        shutil.rmtree(folder / step / "save", ignore_errors=True)
