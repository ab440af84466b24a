"""Values of an experiment that name something: they are text to the letter, as signatures say."""

import re

import yaml

from sb_contrastive.experiment.annotations import take_to_the_letter
from sb_contrastive.experiment.document import children
from sb_contrastive.experiment.schema import known_values
from sb_contrastive.experiment.signatures import (
    REQUIRED,
    Parameter,
    located,
    parameters,
)

REFERENCE = re.compile(r"<(\w+)>")


def _own(name, annotation):
    return Parameter(name, REQUIRED, annotation, True, "")


# Values of every experiment, whatever its stages
OWN = {
    "experiment": _own("experiment", str),
    "seed": _own("seed", int),
    "output_folder": _own("output_folder", str),
    "stages": _own("stages", list[str]),
}


def takers(document, written=None):
    """Find the argument that takes each value of an experiment.

    Arguments
    ---------
    document : Document
        The experiment.
    written : dict of str to yaml.Node, optional
        Its first level before references were replaced: an argument that is a
        reference takes the value that it names.

    Returns
    -------
    dict of str to Parameter
    """
    found = {}

    def visit(node):
        target = located(node)
        known = (target and parameters(target)) or {}
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if value.tag == "!ref" and key.value in known:
                    name = REFERENCE.fullmatch(value.value.strip())
                    if name:
                        found.setdefault(name[1], known[key.value])
        for child in children(node):
            visit(child)

    for node in (written or {}).values():
        visit(node)
    return {**found, **known_values(document), **OWN}


def names_to_the_letter(nodes, known):
    """Make text of what is text by the signature that takes it.

    Arguments
    ---------
    nodes : dict of str to yaml.Node
        The first level of an experiment; it is changed.
    known : dict of str to Parameter
        From `takers`.

    Example
    -------
    >>> nodes = {"fold": yaml.compose("03")}
    >>> names_to_the_letter(nodes, {"fold": _own("fold", str | None)})
    >>> print(yaml.serialize(nodes["fold"]).strip())
    "03"
    """
    seen = set()

    def visit(node):
        if id(node) in seen:
            return
        seen.add(id(node))
        target = located(node)
        arguments = (target and parameters(target)) or {}
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value in arguments:
                    own = arguments[key.value].annotation
                    take_to_the_letter(value, own)
        for child in children(node):
            visit(child)

    for name, node in nodes.items():
        if name in known:
            take_to_the_letter(node, known[name].annotation)
        visit(node)
