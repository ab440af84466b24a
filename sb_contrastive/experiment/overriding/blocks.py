"""Lists that HyperPyYAML would write wrongly, as blocks."""

import yaml


def write_blocks(node):
    """Write lists as blocks that hold a mapping of one pair: HyperPyYAML's emitter
    leaves out the braces of `[!name:a.b {c: 1}]`, so that the class would be lost.

    Arguments
    ---------
    node : yaml.Node
        Changed in place, with all of its parts.

    Returns
    -------
    bool
        Whether there was any.

    Example
    -------
    >>> node = yaml.compose("steps: [!name:a.b {c: 1}]")
    >>> write_blocks(node)
    True
    >>> print(yaml.serialize(node))
    steps:
    - !name:a.b {c: 1}
    <BLANKLINE>
    """
    if isinstance(node, yaml.MappingNode):
        parts = [part for pair in node.value for part in pair]
    elif isinstance(node, yaml.SequenceNode):
        parts = node.value
    else:
        return False
    found = any([write_blocks(part) for part in parts])
    if isinstance(node, yaml.SequenceNode):
        found = found or any(
            isinstance(part, yaml.MappingNode) and len(part.value) == 1
            for part in parts
        )
    if found:  # a block cannot stand in a list in brackets
        node.flow_style = False
    return found
