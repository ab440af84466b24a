"""The calls that trained each system, as results and model cards tell them."""

import json

import yaml

from sb_contrastive.experiment.overriding.run_options import DEBUG
from sb_contrastive.experiment.provenance.origin import DEPTH, starts_of
from sb_contrastive.experiment.provenance.record import SETTINGS, this_call


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
        `command`, lines in the order of training; `versions`; `trained`, the
        calls by stage; and, where weights are from elsewhere, `starts`, what
        trained those, see `origin`. Where nothing has been trained, this call.
    """
    record, calls = experiment.settings.record, {}
    names = dict.fromkeys(
        name
        for stage in stages
        for name in reversed(origins(experiment, stage))
    )
    own = [name for name in names if not is_elsewhere(experiment, name)]
    # What is exported or verified as it came was read by the stage under way
    under_way = [experiment.settings.stage] if len(own) < len(names) else []
    starts = starts_of(record, [*own, *filter(None, under_way)])
    for start in starts:
        calls |= _earlier(start)
    for name in own:
        part = within if name == stages[-1] else ""
        calls[name] = record.calls(name, part)
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
        **({"starts": starts} if starts else {}),
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


def _earlier(start):
    """Map the files of a start, and of those before it, to the calls that trained
    them."""
    calls = {}
    for before in start.get("starts", []):
        calls |= _earlier(before)
    return {**calls, start["file"]: start.get("calls", [])}


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
