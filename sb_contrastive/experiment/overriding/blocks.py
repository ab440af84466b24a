"""Lists that HyperPyYAML would write wrongly, as blocks."""

import yaml


def write_blocks(node, named=None):
    """Write lists as blocks that hold a mapping of one pair, or refer to one:
    HyperPyYAML's emitter leaves out the braces of `[!name:a.b {c: 1}]`, so that
    the class would be lost.

    Arguments
    ---------
    node : yaml.Node
        Changed in place, with all of its parts.
    named : dict of str to yaml.Node, optional
        What references stand for; the values of the first level when absent.

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
    if named is None and isinstance(node, yaml.MappingNode):
        named = {f"<{key.value}>": value for key, value in node.value}
    if isinstance(node, yaml.MappingNode):
        parts = [part for pair in node.value for part in pair]
    elif isinstance(node, yaml.SequenceNode):
        parts = node.value
    else:
        return False
    named = named or {}
    found = any([write_blocks(part, named) for part in parts])
    if isinstance(node, yaml.SequenceNode):
        parts = [
            named.get(part.value, part) if part.tag == "!ref" else part
            for part in parts
        ]
        found = found or any(
            isinstance(part, yaml.MappingNode) and len(part.value) == 1
            for part in parts
        )
    if found:  # a block cannot stand in a list in brackets
        node.flow_style = False
    return found
