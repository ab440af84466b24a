"""Systems of an experiment that have been trained and tested, with all that they have left."""

import inspect
from typing import Any, NamedTuple

from sb_contrastive.evaluation.classification.prediction_file import (
    read_predictions,
)
from sb_contrastive.experiment.schema import stage_names, stages_before
from sb_contrastive.systems.folders import system_folder


class FinishedSystem(NamedTuple):
    """A system at one share of the labels: its `title` in tables, predictions by
    fold (`folds`), training logs and measures of spaces by fold and step, and
    predictions of the official test part (`held_out`), if any."""

    title: str
    system: Any
    fraction: float
    folds: dict
    logs: dict
    spaces: dict
    held_out: list


def finished_systems(experiment, names, stages):
    """Find the systems that have run.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    names : list of str or None
        Systems by name; all of the experiment when None, those in `stages`
        first.
    stages : list of str
        The stages of this call.

    Returns
    -------
    list of FinishedSystem
        Share by share of the labels. Systems of earlier calls, with other
        stages, are among them.
    """
    if names is None:
        known = system_names(experiment)
        first = [name for name in stages if name in known]
        names = list(dict.fromkeys([*first, *sorted(known)]))
    systems = [experiment.system(name) for name in names]
    shares = systems[0].fractions if systems else []
    found = []
    for fraction in shares:
        for system in systems:
            folds = system.predictions(fraction)
            if folds:
                found.append(_finished(experiment, system, fraction, folds))
    return found


def check_systems(experiment, name, systems, stages):
    """Refuse a stage that would find no system, or one of an unknown name.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    name : str
        Name of the stage.
    systems : list of str or None
        Those that it reads, by name; all that have run when None.
    stages : list of str
        The stages of this call.
    """
    for system in systems or ():
        experiment.system(system)
    known = systems or system_names(experiment)
    before = stages_before(stages, name)
    if {*known} & {*before}:
        return
    if not finished_systems(experiment, systems, stages):
        raise FileNotFoundError(nothing_to_report(experiment, name))


def nothing_to_report(experiment, name):
    """Return the sentence for a stage that finds no system."""
    return (
        f"{experiment.folder} holds no predictions to report: put a system "
        f"such as two_step before {name!r} in `stages`"
    )


def system_names(experiment):
    """List the systems that an experiment describes, by name."""
    return [
        name
        for name in stage_names(experiment.document)
        if inspect.isclass(experiment.blueprint(name).target)
    ]


def mean_spaces(runs):
    """Average the measures of the test parts' spaces over folds.

    Arguments
    ---------
    runs : list of FinishedSystem
        The systems.

    Returns
    -------
    dict
        {"space": {title: {step: {"before" and "after": {measure: mean}}}}},
        empty where no step has left any.
    """
    found = {}
    for run in runs:
        steps = {}
        for spaces in run.spaces.values():
            for step, space in spaces.items():
                steps.setdefault(step, []).append(space)
        for step, spaces in steps.items():
            found.setdefault(run.title, {})[step] = {
                when: {
                    name: sum(s[when][name] for s in spaces) / len(spaces)
                    for name in spaces[0][when]
                }
                for when in spaces[0]
            }
    return {"space": found} if found else {}


def _finished(experiment, system, fraction, folds):
    share = "" if fraction == 1 else f", {100 * fraction:.12g}% of labels"
    folder = system_folder(experiment, system.name, fraction)
    test = folder / "held_out" / "predictions.csv"
    return FinishedSystem(
        f"{system.name}{share}",
        system,
        fraction,
        folds,
        system.logs(fraction),
        system.logs(fraction, "space.json"),
        read_predictions(test) if test.is_file() else [],
    )
