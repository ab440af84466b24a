"""Finds what is misspelt in an experiment's YAML before anything runs."""

import contextlib
import difflib
import functools
import inspect

import ruamel.yaml
import yaml
from speechbrain.utils.run_opts import RunOptions

from sb_contrastive.suggestions import did_you_mean

# Values that stages read where an experiment has them
OPTIONAL = ("balance", "recordings", "start", "test_chunks", "training_chunks")
# Options that a training step may have without its YAML having them
STEP = ("classifier", "embedding", "encoder_rate", "fresh_affine", "kind")
# How its sentences begin, which name no file
HYPERPYYAML = ("Invalid argument", "There is no such", "The reference", "!")
NEAR = 0.85  # of `difflib`: a letter or two


class Values(dict):
    """Values of an experiment by name; one that is not there is a mistake in
    its file.

    Arguments
    ---------
    values : dict
        As loaded.
    source : str or pathlib.Path
        The experiment's YAML, for the message.

    Example
    -------
    >>> Values({"trial": None}, "my.yaml")["trials"]
    Traceback (most recent call last):
    ...
    ValueError: my.yaml has no value 'trials', which its stages need; did you mean 'trial'?
    """

    def __init__(self, values, source):
        super().__init__(values)
        self.source = source

    def __missing__(self, name):
        raise ValueError(
            f"{self.source} has no value {name!r}, which its stages need"
            f"{did_you_mean(name, self)}"
        )


@contextlib.contextmanager
def yaml_errors(source):
    """Makes a sentence of what HyperPyYAML says about a file.

    Arguments
    ---------
    source : str or pathlib.Path
        The experiment's YAML, for the message.

    Raises
    ------
    ValueError
        When it is no YAML, or an object in it has arguments it does not take.

    Example
    -------
    >>> with yaml_errors("my.yaml"):
    ...     yaml.safe_load("a: [1")
    Traceback (most recent call last):
    ...
    ValueError: my.yaml:1 is no YAML: expected ',' or ']', but got '<stream end>'
    """
    try:
        yield
    except (yaml.YAMLError, ruamel.yaml.error.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or error
        raise ValueError(f"{source}{line} is no YAML: {problem}") from error
    except (TypeError, ImportError, ValueError) as error:
        # HyperPyYAML puts the class in front of what Python says
        said = ": ".join(str(part) for part in error.args)
        if not said.startswith(HYPERPYYAML):
            raise
        raise ValueError(f"{source}: {said}") from error


def check_keywords(values, source):
    """Refuses arguments that a stage or a Brain does not take: they are called
    late, after hours maybe.

    Arguments
    ---------
    values : dict
        Values of the experiment, as loaded.
    source : str or pathlib.Path
        The experiment's YAML, for the message.

    Raises
    ------
    ValueError
        At the first one.

    Example
    -------
    >>> stage = functools.partial(sorted, revers=True)
    >>> check_keywords({"sort": stage}, "my.yaml")
    Traceback (most recent call last):
    ...
    ValueError: my.yaml: sort has an argument 'revers' that sorted does not take; did you mean 'reverse'?
    """
    for name, value in values.items():
        if isinstance(value, functools.partial):
            known = _accepted(value.func)
            for key in value.keywords:
                if known is not None and key not in known:
                    raise ValueError(
                        f"{source}: {name} has an argument {key!r} that "
                        f"{value.func.__name__} does not take"
                        f"{did_you_mean(key, known)}"
                    )
            check_keywords(value.keywords, source)
        elif isinstance(value, dict):
            check_keywords(value, source)


def check_names(nodes, source):
    """Refuses a value that nothing reads, if its name is nearly one that would
    be read: those need not be there, so they would not be missed.

    Arguments
    ---------
    nodes : dict of str to yaml.Node
        Values of the experiment as written.
    source : str or pathlib.Path
        The experiment's YAML, for the message.

    Raises
    ------
    ValueError
        At the first such value.

    Example
    -------
    >>> check_names({"balence": yaml.compose("corpus")}, "my.yaml")
    Traceback (most recent call last):
    ...
    ValueError: my.yaml has a value 'balence' that nothing reads; did you mean 'balance'?
    """
    _check_near(nodes, (*OPTIONAL, *RunOptions().as_dict()), source)
    for value in nodes.values():
        if isinstance(value, yaml.MappingNode) and not value.tag.startswith(
            "!"
        ):
            _check_near([key.value for key, _ in value.value], STEP, source)


def _check_near(names, known, source):
    for name in names:
        near = difflib.get_close_matches(name, known, n=1, cutoff=NEAR)
        if near and name not in known:
            raise ValueError(
                f"{source} has a value {name!r} that nothing reads; did you "
                f"mean {near[0]!r}?"
            )


def _accepted(function):
    """Names of arguments, also those that a class hands to its bases; None if
    any will do."""
    calls = [function]
    if inspect.isclass(function):
        bases = [vars(base) for base in function.__mro__]
        calls = [base["__init__"] for base in bases if "__init__" in base]
    names = set()
    for call in calls:
        try:
            parameters = inspect.signature(call).parameters
        except ValueError:  # of a function in C
            return None
        names |= parameters.keys()
        if all(p.kind is not p.VAR_KEYWORD for p in parameters.values()):
            return names
    return None
