"""The final model of a system: trained on the data of all folds, so that nothing is left to test it on."""

import json

from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.folds.label_fraction import label_fraction
from sb_contrastive.files import write_atomically
from sb_contrastive.progress import current
from sb_contrastive.systems.part import Part

logger = get_logger(__name__)

DONE = "trained.json"


def train_on_all(system):
    """Train the steps of a system on all its data, in `all_data` beside its folds.

    Each step makes as many optimiser steps as on the first fold (whole epochs:
    up to one more), with the same settings. There is no validation part, hence
    no choice between epochs: the last weights are kept. A system that this one
    starts from is trained likewise before. What is trained already is left as it
    is.

    Arguments
    ---------
    system : System
        It has been trained and tested on folds.
    """
    part = all_part(system)
    if (part.folder / DONE).is_file():
        return
    experiment = system.experiment
    if system.start in experiment.systems():
        train_on_all(experiment.system(system.start))
    experiment.settings.record.trains(system.name, part.folder)
    start, told = system.pretrained(max(system.fractions), None), {}
    for number, step in enumerate(system.steps):
        options = options_for_all(system, step)
        training = step.call(part, step.key, **options)
        with current().naming("all data"), current().work(step.key):
            training.run(start, first=number == 0)
        start = part.folder / step.key / "model.ckpt"
        told[step.key] = {k: v for k, v in options.items() if v is not None}
    told = {"utterances": len(part.valid), "steps": told}
    run_on_main(
        write_atomically,
        args=[
            part.folder / DONE,
            lambda path: path.write_text(json.dumps(told), encoding="utf-8"),
        ],
    )
    logger.info(
        f"{system.name} was trained on all {len(part.valid)} utterances: none is "
        f"left to test it on"
    )


def all_part(system):
    """Collect the data of all folds.

    Arguments
    ---------
    system : System
        The system.

    Returns
    -------
    Part
        Without a test part. Its validation part is the training part: whatever
        is measured there tells nothing, and chooses nothing.
    """
    fraction = max(system.fractions)
    rows = label_fraction(system.rows, fraction, system.experiment.seed)
    train, heard = rows, system.tested(rows)
    if system.training_chunks is not None:
        train = system.training_chunks(rows)
    folder = system.folder(fraction, None)
    return Part(folder, None, system.classes, train, heard, [])


def options_for_all(system, step):
    """Choose the options of a step that is trained without a validation part.

    Arguments
    ---------
    system : System
        Its first finished fold says how long the step was trained there, and
        what it has chosen.
    step : Blueprint
        One of its steps.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        When it is an own step that does not know how.
    """
    choose = getattr(step.target, "without_validation", None)
    if choose is None:
        raise ValueError(
            f"{system.name} cannot be trained on all data: its step "
            f"{step.key!r} has no method `without_validation`"
        )
    fraction = max(system.fractions)
    folds = system.finished(fraction) or system.chosen_folds()
    part = system.part(fraction, folds[0])
    length = step.ask("length", part, step.key)
    logs = [fold.get(step.key, {}) for fold in system.logs(fraction).values()]
    return choose(length, logs)
