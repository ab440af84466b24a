"""Signatures of stages, systems and steps: they are the schema of an experiment's YAML."""

import functools
import inspect
import pydoc
import re
from typing import Any, NamedTuple

# Given by whoever calls, as are arguments before a `/`: never in a YAML
CONTEXT = ("self", "experiment", "name", "part")
REQUIRED = inspect.Parameter.empty


class Parameter(NamedTuple):
    """One argument that a YAML may give.

    `shared` tells that it is keyword-only: the value of the experiment that has
    its name is used where the stage itself does not give one.
    """

    name: str
    default: Any
    annotation: Any
    shared: bool
    about: str


def located(node):
    """Find the class or function that a node of a YAML names.

    Arguments
    ---------
    node : yaml.Node
        Such as `!name:sb_contrastive.stages.pretrain`.

    Returns
    -------
    callable or None
        None where the node names none, or one that does not exist.

    Example
    -------
    >>> import yaml
    >>> located(yaml.compose("!name:sorted {reverse: True}"))
    <built-in function sorted>
    """
    kind, _, name = node.tag.partition(":")
    if kind in ("!name", "!new", "!apply"):
        found = pydoc.locate(name)
        return found if callable(found) else None
    return None


def takes_experiment(target):
    """Tell whether a callable is called with an experiment: then arguments after
    the `*` of its signature are values of the experiment.

    Arguments
    ---------
    target : object
        A class, a function or anything else.

    Returns
    -------
    bool

    Example
    -------
    >>> def count(experiment, name, column="label", *, manifest=None):
    ...     pass
    >>> takes_experiment(count), takes_experiment(sorted)
    (True, False)
    """
    if not (inspect.isroutine(target) or inspect.isclass(target)):
        return False
    try:
        names = list(inspect.signature(target).parameters)
    except ValueError:  # a function in C
        return False
    return bool(names) and names[0] == "experiment"


def is_stage(target):
    """Tell whether a callable can be a stage: it is called with the experiment
    and with the name that the stage has there.

    Arguments
    ---------
    target : object
        A class, a function or anything else.

    Returns
    -------
    bool

    Example
    -------
    >>> def count(experiment, name, column="label", *, manifest=None):
    ...     pass
    >>> is_stage(count)
    True
    """
    if not takes_experiment(target):
        return False
    return list(inspect.signature(target).parameters)[1:2] == ["name"]


def checked_by(check):
    """Name the function that finds mistakes of a stage before any stage has run.

    Arguments
    ---------
    check : callable
        It takes the experiment, the name of the stage and, by name, whichever
        arguments of the stage it needs.

    Returns
    -------
    callable
        A decorator.

    Example
    -------
    >>> def check_count(experiment, name, column):
    ...     print(f"{name} counts {column}")
    >>> @checked_by(check_count)
    ... def count(experiment, name, column="label"):
    ...     pass
    >>> count.check(None, "count", "label")
    count counts label
    """

    def mark(stage):
        stage.check = check
        return stage

    return mark


@functools.cache
def parameters(target):
    """List the arguments of a callable that a YAML may give.

    Arguments
    ---------
    target : callable
        A function, or a class; where a class hands `**kwargs` to its bases, their
        arguments count too.

    Returns
    -------
    dict of str to Parameter or None
        None where any argument will do.

    Example
    -------
    >>> def count(experiment, name, column="label", *, manifest=None):
    ...     pass
    >>> [(p.name, p.default, p.shared) for p in parameters(count).values()]
    [('column', 'label', False), ('manifest', None, True)]
    """
    calls = [target]
    if inspect.isclass(target):
        owners = [base for base in target.__mro__ if "__init__" in vars(base)]
        calls = [vars(base)["__init__"] for base in owners]
    found = {}
    for call in calls:
        try:
            given = inspect.signature(call).parameters.values()
        except ValueError:  # a function in C
            return None
        for p in given:
            if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
                continue
            if p.kind is p.POSITIONAL_ONLY or p.name in CONTEXT:
                continue
            if p.name not in found:
                found[p.name] = Parameter(
                    p.name,
                    p.default,
                    p.annotation,
                    p.kind is p.KEYWORD_ONLY,
                    _documented(call, target).get(p.name, ""),
                )
        if all(p.kind is not p.VAR_KEYWORD for p in given):
            return found
    return None


def _documented(*owners):
    """Read what docstrings say of each argument, in one line."""
    found = {}
    for owner in owners:
        text = inspect.getdoc(owner) or ""
        section = re.search(
            r"^Arguments\n-+\n((?:.|\n)*?)(?=\n\n\w+\n-+\n|\Z)", text, re.M
        )
        for names, said in re.findall(
            r"^(\S.*?) : .*\n((?:    .*\n?|\n(?=    ))*)",
            section[1] if section else "",
            re.M,
        ):
            for name in names.split(", "):
                found.setdefault(name, " ".join(said.split()))
    return found
