"""Values that replace others in a YAML, or parts of them."""

import copy
import re

import yaml

REFERENCE = re.compile(r"<(\w+)>")


def merged(root, values):
    """Replace values of a YAML; a mapping replaces the parts that it names.

    Arguments
    ---------
    root : yaml.MappingNode
        The YAML as it is written.
    values : dict of str to yaml.Node
        New values of the first level by name.

    Returns
    -------
    str
        The YAML.

    Example
    -------
    >>> text = "rate: {peak: 1, warmup: 2}\\nstep: {rate: !ref <rate>}"
    >>> new = {"step": yaml.compose("{rate: {peak: 3}}")}
    >>> print(merged(yaml.compose(text), new))
    rate: {peak: 1, warmup: 2}
    step: {rate: {peak: 3, warmup: 2}}
    <BLANKLINE>
    """
    nodes = {key.value: node for key, node in root.value}
    entries = [
        (key, merge_nodes(node, values[key.value], nodes))
        if key.value in values
        else (key, node)
        for key, node in root.value
    ]
    return yaml.serialize(
        yaml.MappingNode(root.tag, entries), width=float("inf")
    )


def merge_nodes(old, new, nodes):
    """Merge two nodes: parts of an object that are not named stay, unless the new
    one is of another class.

    Arguments
    ---------
    old, new : yaml.Node
        The value before, and what replaces it or some of its parts.
    nodes : dict of str to yaml.Node
        The values of the first level, to which `old` may refer.

    Returns
    -------
    yaml.Node
    """
    if not isinstance(new, yaml.MappingNode):
        return new
    if isinstance(old, yaml.ScalarNode) and old.tag == "!ref":
        # What others refer to as well stays as it is
        found = REFERENCE.fullmatch(old.value.strip())
        target = found and nodes.get(found[1])
        if not isinstance(target, yaml.MappingNode):
            return new
        old = copy.deepcopy(target)
    named = isinstance(old, yaml.ScalarNode) and old.tag.startswith("!name:")
    if named and not new.tag.startswith("!"):
        return yaml.MappingNode(old.tag, new.value)  # it had no options yet
    another = new.tag.startswith("!") and new.tag != old.tag
    if not isinstance(old, yaml.MappingNode) or another:
        return new
    parts = {key.value: (key, node) for key, node in old.value}
    for key, node in new.value:
        before = parts.get(key.value)
        after = node if before is None else merge_nodes(before[1], node, nodes)
        parts[key.value] = (key, after)
    return yaml.MappingNode(
        old.tag, list(parts.values()), flow_style=old.flow_style
    )
