"""A run goes on with the value that its tries have shown to be the best."""

import json
import shutil

from sb_contrastive.study.choice.tries import STAGE, best_value, look_at

# What a try leaves for a run to go on from: the training, and what it was made with
TRAINED = (STAGE, "manifests", "settings.json", "provenance.json")


def as_word(value):
    """Write a value as one argument of a command: a string as it is, but for the
    name null; others as JSON, which is valid YAML.

    Arguments
    ---------
    value : object
        A value of an experiment.

    Returns
    -------
    str

    Example
    -------
    >>> as_word("two words"), as_word(["a"]), as_word("null")
    ('two words', '["a"]', '"null"')
    """
    plain = isinstance(value, str) and value != "null"
    return value if plain else json.dumps(value, default=str)


def settled(run):
    """Put the chosen value into the command of a run.

    Arguments
    ---------
    run : Run
        Its tries have ended; one without a choice is returned as it is.

    Returns
    -------
    Run

    Raises
    ------
    FileNotFoundError, ValueError
        See `look_at`.
    """
    if run.choice is None:
        return run
    value = best_value(look_at(run.choice))
    script, path, *rest = run.command
    command = [script, path, f"--{run.choice.key}", as_word(value), *rest]
    return run._replace(command=command, choice=None)


def go_on_from_try(run):
    """Let a run begin with what the chosen try has trained, where it has the same
    seed: it would train the same again, bit for bit.

    Arguments
    ---------
    run : Run
        With a choice, its tries have ended. Nothing is done where its folder is
        there already.
    """
    choice = run.choice
    if choice is None or choice.seed != run.seed or run.folder.exists():
        return
    chosen = choice.candidates.index(best_value(look_at(choice)))
    part = run.folder.with_name(f"{run.folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # of a copy that was interrupted
    part.mkdir(parents=True)
    for name in TRAINED:
        place = choice.folders[chosen] / name
        if place.is_dir():
            shutil.copytree(place, part / name)
        elif place.is_file():
            shutil.copy2(place, part / name)
    part.rename(run.folder)
