"""The values that an experiment's stages take, read from signatures, and mistakes that are found without building anything."""

import difflib
import re

import yaml
from speechbrain.utils.run_opts import RunOptions

from sb_contrastive.experiment.blueprint import is_blueprint
from sb_contrastive.experiment.document import children
from sb_contrastive.experiment.signatures import (
    REQUIRED,
    is_stage,
    located,
    parameters,
    takes_experiment,
)
from sb_contrastive.suggestions import did_you_mean

# Values of every experiment, whatever its stages
OWN = ("experiment", "seed", "output_folder", "stages")
NEAR = 0.85  # of `difflib`: a letter or two


def stage_names(document):
    """List the values that may be stages: functions and classes that are called
    with the experiment and a name.

    Arguments
    ---------
    document : Document
        The experiment.

    Returns
    -------
    list of str
    """
    return [
        name
        for name, node in document.nodes.items()
        if node.tag.startswith("!name:") and is_stage(located(node))
    ]


def shared_values(document, node):
    """Collect the values of the experiment that a node takes by its signature,
    and by those of all that it names.

    Arguments
    ---------
    document : Document
        The experiment.
    node : yaml.Node
        A stage, say.

    Returns
    -------
    dict of str to Parameter
        By name, whether or not the YAML has them.
    """
    found, seen = {}, set()

    def visit(node):
        if id(node) in seen:
            return
        seen.add(id(node))
        target = located(node)
        if takes_experiment(target):
            visit_signature(target, _keys(node))
        for child in _parts(document, node, target):
            visit(child)

    def visit_signature(target, own):
        if (target, tuple(own)) in seen:
            return
        seen.add((target, tuple(own)))
        for name, known in (parameters(target) or {}).items():
            if name in own:
                continue
            if known.shared and (
                name not in found or found[name].about.startswith("See ")
            ):
                found[name] = known
            if known.shared and name in document.nodes:
                visit(document.nodes[name])
            elif takes_experiment(known.default):
                visit_signature(known.default, ())

    visit(node)
    return found


def known_values(document):
    """All values that an experiment takes, in whatever stage.

    Arguments
    ---------
    document : Document
        The experiment.

    Returns
    -------
    dict of str to Parameter
    """
    found = {}
    for node in document.nodes.values():
        if takes_experiment(located(node)):
            for key, known in shared_values(document, node).items():
                # Where it is explained, not where another place is named
                if key not in found or found[key].about.startswith("See "):
                    found[key] = known
    return found


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
                    f"{source}: There is no such {what} as {name} ({place})"
                )
            known = parameters(target)
            for key in _keys(node):
                if known is not None and key not in known:
                    raise ValueError(
                        f"{source}: {place} has an argument {key!r} that "
                        f"{target.__name__} does not take"
                        f"{did_you_mean(key, known)}"
                    )
            if kind == "!new" and isinstance(node, yaml.MappingNode) and known:
                _check_missing(known, _keys(node), place, target, source)
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
            given = _keys(node)
            for key, known in (parameters(target) or {}).items():
                if key in given or (known.shared and key in document.nodes):
                    continue
                if known.default is REQUIRED:
                    raise ValueError(
                        _lacking(document, place, target, known, source)
                    )
                if takes_experiment(known.default):
                    visit_default(known.default, place)
        for child in _parts(document, node, target):
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


def _parts(document, node, target):
    """List the nodes that a node is made of, steps that it gives by name too."""
    found = children(node)
    known = (takes_experiment(target) and parameters(target)) or {}
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value in known and is_blueprint(known[key.value].annotation):
            several = isinstance(value, yaml.SequenceNode)
            given = value.value if several else [value]
            found += map(document.named, given)
    return found


def _lacking(document, place, target, known, source):
    near = did_you_mean(known.name, document.nodes) if known.shared else ""
    about = f" ({known.about})" if known.about else ""
    where = "as a value of the experiment" if known.shared else f"in {place}"
    return (
        f"{source}: {place} needs {known.name!r}, which {target.__name__} has "
        f"no default for{about}: give it {where}{near}"
    )


def _check_missing(known, given, place, target, source):
    lacking = [
        k for k, p in known.items() if p.default is REQUIRED and k not in given
    ]
    if lacking:
        raise ValueError(
            f"{source}: {place} lacks {', '.join(map(repr, lacking))}, which "
            f"{target.__name__} has no default for"
        )


def _keys(node):
    if isinstance(node, yaml.MappingNode):
        return [key.value for key, _ in node.value]
    return []
