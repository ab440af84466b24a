"""The values that the stages of an experiment take, read from signatures."""

import yaml

from sb_contrastive.experiment.blueprint import is_blueprint
from sb_contrastive.experiment.document import children
from sb_contrastive.experiment.signatures import (
    is_stage,
    located,
    parameters,
    takes_experiment,
)


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


def stages_before(stages, name):
    """List the stages of a call that run before one of them.

    Arguments
    ---------
    stages : list of str
        Those of the call, in order.
    name : str
        One of them, or one that this call leaves out.

    Returns
    -------
    list of str
        None of them where the call leaves it out.

    Example
    -------
    >>> stages_before(["pretrain", "two_step", "report"], "report")
    ['pretrain', 'two_step']
    """
    return stages[: stages.index(name)] if name in stages else []


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
            visit_signature(target, option_names(node))
        for child in parts_of(document, node, target):
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


def parts_of(document, node, target):
    """List the nodes that a node is made of, steps that it gives by name too.

    Arguments
    ---------
    document : Document
        The experiment.
    node : yaml.Node
        Any value of it.
    target : callable or None
        The class or function that the node names.

    Returns
    -------
    list of yaml.Node
    """
    found = children(node)
    known = (takes_experiment(target) and parameters(target)) or {}
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value in known and is_blueprint(known[key.value].annotation):
            several = isinstance(value, yaml.SequenceNode)
            given = value.value if several else [value]
            found += map(document.named, given)
    return found


def option_names(node):
    """List the names of the options that a node gives.

    Arguments
    ---------
    node : yaml.Node
        Any value of an experiment.

    Returns
    -------
    list of str
    """
    if isinstance(node, yaml.MappingNode):
        return [key.value for key, _ in node.value]
    return []
