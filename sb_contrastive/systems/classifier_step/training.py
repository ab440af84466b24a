"""Collects what the Brain of a step is given, whatever kind of Brain it is."""

from speechbrain.utils.epoch_loop import EpochCounter

from sb_contrastive.brains.logs.train_loggers import train_loggers
from sb_contrastive.training.checkpoints import AtomicCheckpointer
from sb_contrastive.training.length import (
    batches_in_step,
    epochs_for,
    validation_epochs,
)


def full_batch(step):
    """Return how many utterances fill a batch: fewer than asked for where one
    optimiser step would not be full.

    Arguments
    ---------
    step : ClassifierStep
        The step.

    Returns
    -------
    int
    """
    experiment = step.experiment
    parts = batches_in_step(experiment.brain_options(), experiment.run_opts)
    return max(min(step.batch_size, len(step.part.train) // parts), 1)


def epoch_counter(step, batches):
    """Make the counter of the epochs of a step, of so many batches each."""
    return EpochCounter(epochs_for(step.epochs, step.least_steps, batches))


def brain_arguments(step, counter, batches):
    """Collect the arguments that a Brain of any kind takes.

    Arguments
    ---------
    step : ClassifierStep
        The step. One that is only checked leaves no file.
    counter : EpochCounter
        From `epoch_counter`; checkpoints keep it.
    batches : int
        Batches in an epoch.

    Returns
    -------
    dict
    """
    kept, experiment = {}, step.experiment
    if not step.only_checked:
        kept = {
            "checkpointer": AtomicCheckpointer(
                step.folder / "save", {"counter": counter}
            ),
            "train_loggers": train_loggers(step.folder, step.tensorboard),
        }
    return {
        **kept,
        "learning_rate": step.learning_rate,
        "total_steps": experiment.optimizer_steps(counter.limit, batches),
        "hparams": experiment.brain_options(),
        "run_opts": experiment.run_opts,
        "classes": step.part.classes,
        "trainable": step.trainable,
        "validation_epochs": validation_epochs(counter.limit, step.validations),
    }
