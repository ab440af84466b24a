"""The text of a YAML by the values of its first level, so that comments stay."""

import re

import yaml

KEY = re.compile(r"(\w+):")


def text_blocks(text):
    """Cut a YAML into the values of its first level, with the comments between
    them.

    Arguments
    ---------
    text : str
        A YAML.

    Returns
    -------
    list of tuple
        Name, or None where there is none, and text of each.

    Example
    -------
    >>> text_blocks("a: 1  # one\\n# two\\nb:\\n  c: 2\\n")
    [('a', 'a: 1  # one\\n'), (None, '# two\\n'), ('b', 'b:\\n  c: 2\\n')]
    """
    blocks = []
    for line in text.splitlines(keepends=True):
        key = KEY.match(line)
        inside = blocks and blocks[-1][0] and line[:1] in " \t"
        if inside:
            blocks[-1][1].append(line)
        else:
            blocks.append((key and key[1], [line]))
    return [(key, "".join(lines)) for key, lines in blocks]


def node_of(block):
    """Read the value of a block.

    Arguments
    ---------
    block : str
        Text of one value.

    Returns
    -------
    yaml.Node
    """
    ((_, node),) = yaml.compose(block, Loader=yaml.SafeLoader).value
    return node


def block_of(key, node):
    """Write a value as a block.

    Arguments
    ---------
    key : str
        Its name.
    node : yaml.Node
        The value.

    Returns
    -------
    str

    Example
    -------
    >>> block_of("a", yaml.compose("1"))
    'a: 1\\n'
    """
    name = yaml.ScalarNode("tag:yaml.org,2002:str", key)
    root = yaml.MappingNode("tag:yaml.org,2002:map", [(name, node)])
    return yaml.serialize(root, width=float("inf"), indent=4)
