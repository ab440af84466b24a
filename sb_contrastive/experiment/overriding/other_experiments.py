"""Values that one experiment gives to others, as a study does to its runs: their signatures say which are text."""

import typing

import yaml

from sb_contrastive.experiment.annotations import (
    COMMON,
    RUNS,
    take_to_the_letter,
)
from sb_contrastive.experiment.overriding.merging import REFERENCE
from sb_contrastive.experiment.overriding.names import (
    names_to_the_letter,
    takers,
)
from sb_contrastive.experiment.signatures import located, parameters


def runs_to_the_letter(nodes, known, folder, read):
    """Make text of what the runs of a study take as text; the nodes are changed.

    Arguments
    ---------
    nodes : dict of str to yaml.Node
        The first level of the study, with its references.
    known : dict of str to Parameter
        From `takers`: the annotations `Runs` and `Common` mark such values.
    folder : pathlib.Path
        Of the experiments that runs name.
    read : callable
        Path of an experiment -> its `Document`.
    """
    found = {}
    for values in _marked(nodes, known, RUNS):
        for run in values.values():
            given = _parts(run)
            file = folder / str(getattr(given.get("experiment"), "value", ""))
            if file.is_file():  # else the plan of the runs says so
                written = read(file).nodes
                taken = takers(read(file), written)
                _to_the_letter(given, taken, written, nodes)
                found |= taken
    for values in _marked(nodes, known, COMMON):
        _to_the_letter(values, found, {}, nodes)


def _to_the_letter(values, known, written, nodes):
    """Treat the values of one run, those that they refer to, and parts of stages."""
    names_to_the_letter(values, known)
    for name, node in values.items():
        if node.tag == "!ref":
            target = REFERENCE.fullmatch(node.value.strip())
            if name in known and target and target[1] in nodes:
                take_to_the_letter(nodes[target[1]], known[name].annotation)
        elif not node.tag.startswith("!") and name in written:
            of_target = parameters(located(written[name]) or dict) or {}
            _to_the_letter(
                _parts(node), of_target, _parts(written[name]), nodes
            )


def _marked(nodes, known, mark):
    """List the mappings that an annotation marks."""
    return [
        _parts(nodes[name])
        for name, taker in known.items()
        if name in nodes and _has(taker.annotation, mark)
    ]


def _has(annotation, mark):
    return annotation is mark or any(
        _has(inner, mark) for inner in typing.get_args(annotation)
    )


def _parts(node):
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value}
