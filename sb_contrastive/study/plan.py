"""Plans the runs of a study: every experiment with every seed, in an order that works."""

import re
import sys
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sb_contrastive.experiment.overriding.overridden import experiment_values
from sb_contrastive.study.choice import (
    STAGE,
    Choice,
    as_word,
    candidate_name,
    read_choose,
)
from sb_contrastive.study.known_values import values_known_to
from sb_contrastive.suggestions import did_you_mean

SCRIPT = "train.py"  # of a clone
_REFERENCE = re.compile(r"^\$([\w-]+)")  # $dino is the folder of that run


class Run(NamedTuple):
    """One experiment with one seed.

    It has a `name`, a `command` (without the interpreter), an output `folder`,
    and the folders of the runs that it `needs`. Where a value of the command is
    still to be chosen, `choice` has the tries, see `settled`.
    """

    name: str
    seed: int
    command: list
    folder: Path
    needs: tuple
    choice: Choice | None = None


def plan_runs(runs, seeds, folder, script, hparams, common=None, options=()):
    """Make the command of every run with every seed.

    Arguments
    ---------
    runs : dict of str to dict
        Name -> `experiment`, the name of a YAML, and values that replace its
        own. `$name` at the start of a value stands for the output folder of
        that earlier run with the same seed, e.g. `start: $dino/pretrain`. A run
        with `once: True` is made with the first seed only, and the runs of the
        other seeds refer to it too. With `choose`, such as {lr: [0.001, 0.002]},
        there is a try for each candidate, the stage `pretrain` alone with the
        first seed, and the run of every seed has the candidate whose try is the
        best by measures without labels.
    seeds : list of int
        Seeds of all runs without `once`.
    folder : str or Path
        Folder of the output folders of the runs.
    script : str or Path
        The script that runs an experiment, train.py.
    hparams : str or Path
        Folder of the YAMLs.
    common : dict, optional
        Values for every run whose experiment has such a key, or whose encoder,
        objective, positives or negatives have it, and that does not set it itself.
    options : list of str
        Words at the end of every command, such as run options of SpeechBrain.

    Returns
    -------
    list of Run
        The runs, seed by seed, in the order of `runs`; tries stand before the
        run that they are for.

    Raises
    ------
    ValueError
        When a run has no experiment, a reference names no earlier run, no
        experiment has a common key, or `choose` cannot be read.
    FileNotFoundError
        When there is no such YAML.

    Example
    -------
    >>> runs = {
    ...     "dino": {"experiment": "dino_ser.yaml", "stages": ["pretrain"]},
    ...     "probe": {
    ...         "experiment": "combined_ser.yaml", "start": "$dino/pretrain"
    ...     },
    ... }
    >>> first, second = plan_runs(runs, [3], "out", "train.py", "hparams")
    >>> first.command
    ['train.py', 'hparams/dino_ser.yaml', '--stages', '["pretrain"]', '--seed', '3', '--output_folder', 'out/dino_3']
    >>> second.command[2:4], [str(path) for path in second.needs]
    (['--start', 'out/dino_3/pretrain'], ['out/dino_3'])
    """
    folder, planned = Path(folder), []
    paths = {n: _experiment(n, v, Path(hparams)) for n, v in runs.items()}
    common = common or {}
    own = {path: [*experiment_values(path)] for path in {*paths.values()}}
    keys = {
        name: values_known_to(
            name, values, paths[name], own[paths[name]], common
        )
        for name, values in runs.items()
    }
    for key in common:
        known = {k for found in keys.values() for k in found}
        if key not in known:
            raise ValueError(
                f"no experiment of the study has the common value {key!r}"
                f"{did_you_mean(key, known)}"
            )
    made_once, choices = {}, {}
    for seed in seeds:
        folders = dict(made_once)
        for name, values in runs.items():
            if name in folders:
                continue
            path, needs = paths[name], set()
            shared = {k: v for k, v in common.items() if k in keys[name]}
            values = dict(values)
            chosen = read_choose(name, values, keys[name])
            if chosen:
                shared.pop(chosen[0], None)
            values = {**shared, **values}
            del values["experiment"]
            once = values.pop("once", False)
            values = _filled(values, folders, needs, name)

            made = partial(
                _made, [str(script), str(path)], folder, seed, options
            )
            if chosen and name not in choices:
                tries = [
                    made(
                        candidate_name(name, chosen[0], candidate),
                        {**values, "stages": [STAGE], chosen[0]: candidate},
                        needs,
                    )
                    for candidate in chosen[1]
                ]
                planned += tries
                choices[name] = Choice(
                    chosen[0],
                    tuple(chosen[1]),
                    tuple(run.folder for run in tries),
                    seed,
                )
            choice = choices.get(name)
            if choice:
                needs |= {*choice.folders}
            run = made(name, values, needs, choice)
            planned.append(run)
            folders[name] = run.folder
            if once:
                made_once[name] = run.folder
    return planned


def _made(head, folder, seed, options, name, values, needs, choice=None):
    """Write the command of a run."""
    own = folder / f"{name}_{seed}"
    values = {**values, "seed": seed, "output_folder": str(own)}
    words = [w for k, v in values.items() for w in (f"--{k}", as_word(v))]
    command = [*head, *words, *options]
    return Run(name, seed, command, own, tuple(sorted(needs)), choice)


def needed_by(chosen, runs):
    """Add what some runs need, and what that needs.

    Arguments
    ---------
    chosen : collection of str
        Names of runs.
    runs : list of Run
        All runs, each after those that it needs.

    Returns
    -------
    list of Run

    Example
    -------
    >>> runs = [Run("a", 1, [], "a_1", ()), Run("b", 1, [], "b_1", ("a_1",))]
    >>> [run.name for run in needed_by(["b"], runs)]
    ['a', 'b']
    """
    folders = set()
    for run in reversed(runs):
        if run.name in chosen or run.folder in folders:
            folders |= {run.folder, *run.needs}
    return [run for run in runs if run.folder in folders]


def python(command):
    """Return the command line of a command.

    Arguments
    ---------
    command : list of str
        The script and its arguments.

    Returns
    -------
    list of str
    """
    script, *words = command
    if script == SCRIPT and not Path(script).is_file():
        # Outside of a clone the package runs experiments itself
        return [sys.executable, "-m", "sb_contrastive", "train", *words]
    return [sys.executable, *command]


def _experiment(name, values, hparams):
    """Return the path of the YAML of a run."""
    if "experiment" not in values:
        raise ValueError(
            f"run {name!r} of the study has no `experiment`: name a YAML of "
            f"{hparams}"
        )
    path = hparams / values["experiment"]
    if not path.is_file():
        near = [p.name for p in hparams.glob("*.yaml")]
        raise FileNotFoundError(
            f"run {name!r} of the study: there is no {path}"
            f"{did_you_mean(path.name, near)}"
        )
    return path


def _filled(value, folders, needs, name):
    """Replace references in a value by the folders of earlier runs."""
    if isinstance(value, dict):
        return {k: _filled(v, folders, needs, name) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_filled(v, folders, needs, name) for v in value]
    if not isinstance(value, str):
        return value

    def folder_of(match):
        if match[1] not in folders:
            raise ValueError(
                f"run {name!r} of the study refers to {match[0]}, which is no "
                f"earlier run{did_you_mean(match[1], folders)}"
            )
        needs.add(folders[match[1]])
        return str(folders[match[1]])

    return _REFERENCE.sub(folder_of, value)
