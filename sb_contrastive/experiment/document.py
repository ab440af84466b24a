"""The YAML of an experiment as a graph of nodes, of which single values are built."""

import copy

import yaml

from sb_contrastive.experiment.reading import composed, constructed
from sb_contrastive.experiment.yaml_errors import yaml_errors
from sb_contrastive.suggestions import did_you_mean

MAPPING = "tag:yaml.org,2002:map"
BUILT = "built value"  # no name of an experiment has a blank in it


class Document:
    """A YAML without references and includes, whose values are built one by one.

    HyperPyYAML builds all objects of a file when it loads it. An experiment has
    many, and a stage uses a few: a `Document` builds those that are asked for,
    and what they refer to.

    Arguments
    ---------
    resolved : str
        From `hyperpyyaml.resolve_references`.
    source : str or pathlib.Path
        Its file, for messages.

    Example
    -------
    >>> document = Document("size: 2\\nlayer: !new:torch.nn.Linear [2, 3]\\n")
    >>> document.build(["layer"])
    {'layer': Linear(in_features=2, out_features=3, bias=True)}
    """

    def __init__(self, resolved, source="the YAML"):
        self.source = source
        self.root = composed(resolved)
        self.nodes = {key.value: node for key, node in self.root.value}
        self.plain = None
        self.names = {id(node): name for name, node in self.nodes.items()}

    def build(self, names, node=None):
        """Build values anew, after the random seed has been set.

        Values that are built together share the objects that they refer to,
        and are built in the order of the file.

        Arguments
        ---------
        names : iterable of str
            Names of the first level.
        node : yaml.Node, optional
            A value from anywhere in the file.

        Returns
        -------
        dict
            The values by name, that of `node` by the name None.
        """
        if node is None and all(map(self._is_plain, names)):
            plain = self._plain_values()
            return {name: copy.deepcopy(plain[name]) for name in names}
        wanted = [self.nodes[name] for name in names]
        entries = []
        reached = _reachable([*wanted, *([] if node is None else [node])])
        for key, value in self.root.value:
            name = key.value
            if name in names or name.startswith("__") or id(value) in reached:
                entries.append((key, value))
        if node is not None:
            entries.append((scalar(BUILT), node))
        with yaml_errors(self.source):
            values = constructed(yaml.MappingNode(MAPPING, entries))
        built = {name: values[name] for name in names}
        return built if node is None else {**built, None: values[BUILT]}

    def _is_plain(self, name):
        """Tell whether a value holds no object: texts, numbers, lists and dicts."""
        waiting = [self.nodes[name]]
        while waiting:
            node = waiting.pop()
            if node.tag.startswith("!"):
                return False
            waiting += children(node)
        return True

    def _plain_values(self):
        """Read all plain values at once: reading YAML is slow."""
        if self.plain is None:
            entries = [
                (key, node)
                for key, node in self.root.value
                if self._is_plain(key.value)
            ]
            self.plain = constructed(yaml.MappingNode(MAPPING, entries))
        return self.plain

    def named(self, node):
        """Return the value that a node names, for steps that are given by name.

        Arguments
        ---------
        node : yaml.Node
            A name of the first level, or a value itself.

        Returns
        -------
        yaml.Node
        """
        if isinstance(node, yaml.ScalarNode) and not node.tag.startswith("!"):
            if node.value not in self.nodes:
                raise ValueError(
                    f"{self.source} has no value {node.value!r}"
                    f"{did_you_mean(node.value, self.nodes)}"
                )
            return self.nodes[node.value]
        return node

    def text(self, node):
        """Write a node as YAML of its own.

        Arguments
        ---------
        node : yaml.Node
            Any value of the file.

        Returns
        -------
        str

        Example
        -------
        >>> document = Document("{start: , network: ecapa}")
        >>> [document.text(node) for node in document.nodes.values()]
        ['null', 'ecapa']
        """
        text = yaml.serialize(node, width=float("inf"))
        if text == "...\n":  # nothing, which is no YAML of its own
            return "null"
        return text.removesuffix("\n").removesuffix("\n...")


def children(node):
    """List the nodes that a node is made of.

    Arguments
    ---------
    node : yaml.Node
        Any value of a YAML.

    Returns
    -------
    list of yaml.Node
        Without the keys of a mapping.

    Example
    -------
    >>> [child.value for child in children(yaml.compose("{a: 1, b: 2}"))]
    ['1', '2']
    """
    if isinstance(node, yaml.MappingNode):
        return [value for _, value in node.value]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _reachable(nodes):
    """Collect the identities of lists and mappings below some nodes."""
    found, waiting = set(), list(nodes)
    while waiting:
        node = waiting.pop()
        if id(node) not in found and not _is_plain(node):
            found.add(id(node))
            waiting += children(node)
    return found


def _is_plain(node):
    """Tell whether a node is a text or number: a copy serves as well."""
    return isinstance(node, yaml.ScalarNode) and not node.tag.startswith("!")


def scalar(text):
    """Make a node of a text.

    Arguments
    ---------
    text : str
        Its value.

    Returns
    -------
    yaml.ScalarNode
    """
    return yaml.ScalarNode("tag:yaml.org,2002:str", text)
