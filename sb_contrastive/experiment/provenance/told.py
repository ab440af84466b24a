"""The calls that trained each system, as results and model cards tell them."""

import json
from pathlib import Path

import yaml

from sb_contrastive.experiment.overriding.run_options import DEBUG
from sb_contrastive.experiment.provenance.record import (
    SETTINGS,
    Record,
    this_call,
)

DEPTH = 4  # folders between weights and the output folder they lie in


def trained_by(experiment, stages, within=""):
    """Tell which calls have trained some stages and those that they start from.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    stages : list of str
        Stages that train.
    within : str or pathlib.Path
        Folder of a part of the last stage; all of its parts when empty.

    Returns
    -------
    dict
        `command`, lines in the order of training; `versions`; and `trained`,
        the calls by stage. Where nothing has been trained, this call.
    """
    calls = {}
    for stage in stages:
        for name in reversed(origins(experiment, stage)):
            part = within if name == stages[-1] else ""
            calls[name] = _calls(experiment, name, part)
    calls = {name: found for name, found in calls.items() if found}
    every = [call for found in calls.values() for call in found]
    every = every or [this_call(experiment.run_opts)]
    packages = dict.fromkeys(p for call in every for p in call["versions"])
    return {
        "command": "\n".join(dict.fromkeys(c["command"] for c in every)),
        "versions": {
            package: _joined(call["versions"].get(package) for call in every)
            for package in packages
        },
        "trained": calls,
    }


def origins(experiment, stage):
    """List a stage, the one it has started from, and so on.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    stage : str
        Name of a stage, or, with a slash in it, the folder of another
        experiment's.

    Returns
    -------
    list of str
        As recorded when they were trained, whatever this call asks for.
    """
    found = [stage]
    while (start := start_of(experiment, found[-1])) not in (None, *found):
        found.append(start)
    return found


def start_of(experiment, stage):
    """Return what a stage has started from, as recorded when it was trained.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    stage : str
        Name of a stage.

    Returns
    -------
    str or None
        None for random weights.
    """
    text = experiment.settings.recorded(stage)
    node = text and yaml.compose(text)
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value == "start" and value.tag != "tag:yaml.org,2002:null":
            return value.value
    return None


def _calls(experiment, stage, within):
    if is_elsewhere(experiment, stage):
        folder = Path(stage)
        return Record(folder.parent).calls(folder.name)
    return experiment.settings.record.calls(stage, within)


def is_elsewhere(experiment, stage):
    """Tell whether a start is a folder or file of another experiment.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    stage : str
        Name of a stage of it, or a path.

    Returns
    -------
    bool
    """
    return "/" in stage or stage not in experiment.document.nodes


def left_by_debug(path):
    """Tell whether a debug run has left a file: its weights are worth nothing.

    Arguments
    ---------
    path : pathlib.Path
        A file of weights, somewhere in an output folder.

    Returns
    -------
    bool
        As the settings of that folder say; by its name where there are none.
    """
    for folder in list(path.resolve().parents)[:DEPTH]:
        if (folder / SETTINGS).is_file():
            text = (folder / SETTINGS).read_text(encoding="utf-8")
            stages = json.loads(text).values()
            return any(stage.get("debug") == "True" for stage in stages)
    return any(part.endswith(DEBUG) for part in path.parts)


def _joined(found):
    """Return the one version, or several."""
    kept = list(dict.fromkeys(found))
    return kept[0] if len(kept) == 1 else ", ".join(map(str, kept))
