"""Mistakes of an experiment that are found without building anything."""

import difflib
import inspect
import re
import sys

import yaml
from speechbrain.utils.run_opts import RunOptions

from sb_contrastive.experiment.document import children
from sb_contrastive.experiment.overriding.names import OWN
from sb_contrastive.experiment.schema import (
    known_values,
    option_names,
    parts_of,
)
from sb_contrastive.experiment.signatures import (
    REQUIRED,
    composed,
    located,
    parameters,
    takes_experiment,
)
from sb_contrastive.suggestions import did_you_mean, not_found

NEAR = 0.85  # of `difflib`: a letter or two


def check_arguments(document, source):
    """Refuse arguments that an object, a stage or a step does not take: they are
    built late, after hours maybe.

    Arguments
    ---------
    document : Document
        The experiment.
    source : str or pathlib.Path
        Its file, for the message.

    Raises
    ------
    ValueError
        At the first such argument, or name of nothing.

    Example
    -------
    >>> from sb_contrastive.experiment.document import Document
    >>> check_arguments(Document("sort: !name:sorted {revers: True}"), "my.yaml")
    Traceback (most recent call last):
    ...
    ValueError: my.yaml: sort has an argument 'revers' that sorted does not take; did you mean 'reverse'?
    """
    seen = set()

    def visit(node, place):
        if id(node) in seen:
            return
        seen.add(id(node))
        kind, _, name = node.tag.partition(":")
        if kind in ("!name", "!new", "!apply"):
            target = located(node)
            if target is None:
                what = "class" if kind == "!new" else "function or class"
                raise ValueError(
                    f"{source}: There is no such {what} as {name} ({place}): "
                    f"{not_found(name)}"
                )
            known = parameters(target)
            for key in option_names(node):
                if key in composed(target):
                    raise ValueError(_given_twice(source, place, key, target))
                if known is not None and key not in known:
                    raise ValueError(
                        f"{source}: {place} has an argument {key!r} that "
                        f"{target.__name__} does not take"
                        f"{did_you_mean(key, known)}"
                    )
            if isinstance(node, yaml.SequenceNode):
                _check_count(target, len(node.value), place, source)
            if kind == "!new" and isinstance(node, yaml.MappingNode) and known:
                _check_missing(known, option_names(node), place, target, source)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                plain = not node.tag.startswith("!")
                visit(value, f"{place} {key.value}" if plain else key.value)
        else:
            for child in children(node):
                visit(child, place)

    for name, node in document.nodes.items():
        visit(node, name)


def check_stage(document, name, source):
    """Refuse a stage that lacks a value, before any stage has run.

    Arguments
    ---------
    document : Document
        The experiment.
    name : str
        The stage.
    source : str or pathlib.Path
        The experiment's file, for the message.

    Raises
    ------
    ValueError
        When an argument without a default is neither in the stage or step nor,
        where its signature allows that, among the values of the experiment.
    """
    seen = set()

    def visit(node, place):
        if id(node) in seen:
            return
        seen.add(id(node))
        target = located(node)
        if takes_experiment(target):
            given = option_names(node)
            for key, known in (parameters(target) or {}).items():
                if key in given or (known.shared and key in document.nodes):
                    continue
                if known.default is REQUIRED:
                    raise ValueError(
                        _lacking(document, place, target, known, source)
                    )
                if takes_experiment(known.default):
                    visit_default(known.default, place)
        for child in parts_of(document, node, target):
            visit(child, document.names.get(id(child), place))

    def visit_default(target, place):
        for key, known in (parameters(target) or {}).items():
            if (
                known.shared
                and key not in document.nodes
                and known.default is REQUIRED
            ):
                raise ValueError(
                    _lacking(document, place, target, known, source)
                )

    visit(document.nodes[name], name)


def check_names(document, source, text=""):
    """Refuse a value that nothing reads, if its name is nearly one that would
    be read.

    Arguments
    ---------
    document : Document
        The experiment.
    source : str or pathlib.Path
        Its file, for the message.
    text : str
        The file as it is written, where values refer to each other.

    Raises
    ------
    ValueError
        At the first such value.
    """
    known = [*known_values(document), *OWN, *RunOptions().as_dict()]
    known += re.findall(r"<(\w+)", text)
    for name, node in document.nodes.items():
        near = difflib.get_close_matches(name, known, n=1, cutoff=NEAR)
        if near and name not in known and not takes_experiment(located(node)):
            raise ValueError(
                f"{source} has a value {name!r} that nothing reads; did you "
                f"mean {near[0]!r}?"
            )


def _lacking(document, place, target, known, source):
    near = did_you_mean(known.name, document.nodes) if known.shared else ""
    about = f" ({known.about})" if known.about else ""
    where = "as a value of the experiment" if known.shared else f"in {place}"
    return (
        f"{source}: {place} needs {known.name!r}, which {target.__name__} has "
        f"no default for{about}: give it {where}{near}"
    )


def _given_twice(source, place, key, target):
    base = composed(target)[key]
    return (
        f"{source}: {place} has an argument {key!r} that {target.__name__} "
        f"makes itself: leave it out, or give it to {base.__name__} "
        f"(!name:{_shortest_place(base)}.{base.__name__})"
    )


def _shortest_place(target):
    """Return the name of the highest package that a class can be imported from."""
    parts = target.__module__.split(".")
    above = [".".join(parts[:n]) for n in range(1, len(parts))]
    for name in above:
        if getattr(sys.modules[name], target.__name__, None) is target:
            return name
    return target.__module__


def _check_count(target, count, place, source):
    """Refuse a list of more arguments than a callable takes."""
    try:
        signature = inspect.signature(target)
    except ValueError:  # a function in C
        return
    try:
        signature.bind_partial(*[None] * count)
    except TypeError as error:
        raise ValueError(
            f"{source}: {place} gives {count} arguments in a list, and "
            f"{target.__name__} takes {', '.join(signature.parameters)}"
        ) from error


def _check_missing(known, given, place, target, source):
    lacking = [
        k for k, p in known.items() if p.default is REQUIRED and k not in given
    ]
    if lacking:
        raise ValueError(
            f"{source}: {place} lacks {', '.join(map(repr, lacking))}, which "
            f"{target.__name__} has no default for"
        )
