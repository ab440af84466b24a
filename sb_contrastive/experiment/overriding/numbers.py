"""Numbers outside the range that a signature gives them, found without building anything."""

import yaml

from sb_contrastive.device import checked_device
from sb_contrastive.experiment.annotations import items, ranges
from sb_contrastive.experiment.document import MAPPING, children
from sb_contrastive.experiment.overriding.library_ranges import (
    library_range,
)
from sb_contrastive.experiment.overriding.names import REFERENCE
from sb_contrastive.experiment.signatures import located, parameters
from sb_contrastive.ranges import Count, Finite, Whole

# What a schedule, which stands for a number, is made of
OF_A_SCHEDULE = ("value", "start", "end", "peak", "final")
# SpeechBrain's run options have no signatures
RUN_OPTIONS = {
    "max_grad_norm": Finite,
    "grad_accumulation_factor": Count,
    "optimizer_step_limit": Count,
    "nonfinite_patience": Whole,
    "debug_batches": Count,
}


def check_numbers(document, known, references, source):
    """Refuse numbers outside their ranges.

    Arguments
    ---------
    document : Document
        The experiment.
    known : dict of str to Parameter
        The argument that takes each value of the first level, see `takers`.
    references : dict of tuple to list of str
        From `argument_references`.
    source : str or pathlib.Path
        The experiment's file, for the message.

    Raises
    ------
    ValueError
        At the first such number, by the name that a user gives it.
    """
    seen = set()

    def named(place, key):
        given = references.get((place, key))
        if given:
            return " and ".join(f"--{name}" for name in given)
        return f"{place} {key}"

    def visit(node, place):
        if id(node) in seen:
            return
        seen.add(id(node))
        place = document.names.get(id(node), place)
        target = located(node)
        arguments = (target and parameters(target)) or {}
        for key, value in _pairs(node):
            if key in arguments:
                own = library_range(target, key) or arguments[key].annotation
                _check(value, own, named(place, key), source)
                check_schedule(value, own, place)
                if value.tag == MAPPING:
                    for part, number in _pairs(value):
                        _check(number, items(own), named(place, part), source)
        for child in children(node):
            visit(child, place)

    def check_schedule(node, annotation, place):
        """Check a schedule where a number may stand, by what it is made of."""
        place = document.names.get(id(node), place)
        if node.tag.startswith("!new:sb_contrastive.schedules."):
            for key, value in _pairs(node):
                if key in OF_A_SCHEDULE:
                    _check(value, annotation, named(place, key), source)

    for name, node in document.nodes.items():
        annotation = getattr(known.get(name), "annotation", None)
        annotation = RUN_OPTIONS.get(name, annotation)
        _check(node, annotation, f"--{name}", source)
        check_schedule(node, annotation, name)
        visit(node, name)


def _pairs(node):
    if isinstance(node, yaml.MappingNode):
        return [(key.value, value) for key, value in node.value]
    return []


def check_run_options(options):
    """Refuse run options of SpeechBrain that are out of range, and a device that
    is not there.

    Arguments
    ---------
    options : dict of str to object
        Those that were given.

    Raises
    ------
    ValueError
        At the first one.

    Example
    -------
    >>> check_run_options({"max_grad_norm": float("nan")})
    Traceback (most recent call last):
    ...
    ValueError: --max_grad_norm is a finite number, got nan
    """
    for name, value in options.items():
        node = yaml.ScalarNode("tag:yaml.org,2002:float", str(value))
        if value is not None:
            _check(node, RUN_OPTIONS.get(name), f"--{name}")
    checked_device(options.get("device"))


def argument_references(nodes):
    """Find the values that arguments refer to.

    Arguments
    ---------
    nodes : dict of str to yaml.Node
        The first level of an experiment, before references were replaced.

    Returns
    -------
    dict of tuple to list of str
        (value of the first level, argument somewhere in it) -> names of the
        values that the argument refers to.
    """
    found = {}

    def visit(node, place):
        for key, value in _pairs(node):
            items = value.value if isinstance(value, yaml.SequenceNode) else []
            texts = [v.value for v in (value, *items) if v.tag == "!ref"]
            names = [n for text in texts for n in REFERENCE.findall(text)]
            if names:
                found[place, key] = names
        for child in children(node):
            visit(child, place)

    for name, node in nodes.items():
        visit(node, name)
    return found


def _check(node, annotation, name, source=None):
    bounds = ranges(annotation)
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check(item, items(annotation) or annotation, name, source)
    elif bounds and isinstance(node, yaml.ScalarNode):
        number = _number(node)
        if number is not None and not any(b.holds(number) for b in bounds):
            whole = bounds[0].whole and number != int(number)
            said = "a whole number" if whole else bounds[0]
            where = "" if source is None else f"{source}: "
            raise ValueError(f"{where}{name} is {said}, got {node.value}")


def _number(node):
    """Read a number; None of anything else."""
    try:
        return float(node.value.replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return None
