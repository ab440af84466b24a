"""The arguments of classes and functions, as a YAML may give them."""

import functools
import inspect
import re
from typing import Any, NamedTuple

from sb_contrastive.experiment.signatures.composed import composed

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


@functools.cache
def parameters(target):
    """List the arguments of a callable that a YAML may give.

    Arguments
    ---------
    target : callable
        A function, or a class; where a class hands `**kwargs` to its bases, their
        arguments count too, but for those that it gives itself, see `composed`.

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
    found, hidden = {}, composed(target)
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
            if p.name not in found and p.name not in hidden:
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
