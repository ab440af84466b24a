"""Looks at a system before anything is trained: its folds, its steps, and what it starts from."""

from speechbrain.utils.logger import get_logger

from sb_contrastive.experiment.schema import stages_before
from sb_contrastive.progress import current
from sb_contrastive.systems.elsewhere import labels_heard
from sb_contrastive.systems.part import Part

logger = get_logger(__name__)


def check_system(system):
    """Refuse what could not be trained, and tell the display of what will be.

    Arguments
    ---------
    system : System
        The system.

    Raises
    ------
    ValueError, FileNotFoundError
        When folds, classes or a start are not there, batches cannot be filled,
        or weights are those of another network.
    """
    experiment = system.experiment
    stages = experiment.hparams["stages"]
    before, starts = stages_before(stages, system.name), set()
    at_once = system.helpers(len(system.unfinished())) + 1
    current().plan.at_once[system.name] = at_once
    for fold in system.chosen_folds():
        part = system.part(min(system.fractions), fold)
        check_batches(system.batch_size, part)
        _check_steps(system, part)
        _expect(system, fold)
        if system.start is not None and system.start not in before:
            for fraction in system.fractions:
                starts.add(start := system.pretrained(fraction, fold))
            _warn(system, start, fold)
        if not all(system.is_finished(f, fold) for f in system.fractions):
            experiment.settings.check_processes(system.name)
    for start in starts:
        _check_start(system, start)


def check_batches(batch_size, part):
    """Refuse batches of one: batch normalisation takes two in training.

    Arguments
    ---------
    batch_size : int
        Utterances in a batch.
    part : Part
        What is trained on.
    """
    if batch_size < 2:
        raise ValueError(
            f"--batch_size is {batch_size}, and batch normalisation "
            f"cannot train on one utterance: give 2 or more"
        )
    if len(part.train) < 2:
        raise ValueError(
            f"the training part of fold {part.fold} has {len(part.train)} "
            f"utterance(s), which fill no batch of 2: give a larger "
            f"--label_fraction, or more labelled audio"
        )


def _check_steps(system, part):
    """Let the steps refuse what they cannot work with."""
    first = part.fold == system.chosen_folds()[0]
    for step in system.steps:
        step.ask("check_part", part, step.key)
        # Networks and what they are made of are alike on all folds
        if first:
            step.ask("check_values", part, step.key)
            if hasattr(step.target, "check"):
                step.call(part, step.key).check()


def _expect(system, fold):
    """Tell of the training that is still to be done on a fold."""
    for fraction in system.fractions if current().running else ():
        if system.is_finished(fraction, fold):
            continue
        part = system.part(fraction, fold)
        for step in system.steps:
            length = step.ask("length", part, step.key)
            if length:
                system.experiment.expect(system.name, step.key, *length)


def _warn(system, start, fold):
    """Warn of a start that may know the test speakers by their labels."""
    heard = labels_heard(start)
    if heard and f"fold_{fold} " not in heard:
        logger.warning(
            f"{system.name}, fold {fold}: {start} was {heard}; if that was with "
            f"this corpus, it knows the labels of the test speakers"
        )


def _check_start(system, start):
    """Refuse weights that do not fit the network of the first step."""
    first = system.steps[0]
    if hasattr(first.target, "take_over"):
        folder = system.experiment.folder
        part = Part(folder, None, system.classes, [], [], [])
        step = first.call(part, first.key)
        step.take_over({"encoder": step.encoder}, start, first=True)
