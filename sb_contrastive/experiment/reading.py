"""Reads YAML with the parsers in C where there are such: a tenth of the time."""

import re

import ruamel.yaml
import yaml
from hyperpyyaml import load_hyperpyyaml

try:
    from ruamel.yaml.cyaml import CParser
except ImportError:  # an optional part of ruamel.yaml
    CParser = None

NODES = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What HyperPyYAML replaces before it builds anything
REFERENCE = re.compile("!(ref|copy|include:|applyref:|PLACEHOLDER)")


class _Parts:
    """A loader that builds a value with all that it is made of, as HyperPyYAML
    has ruamel.yaml do."""

    def construct_object(self, node, deep=True):
        return super().construct_object(node, deep=deep)


if CParser is None:

    class Loader(_Parts, ruamel.yaml.Loader):
        """Reads as `load_hyperpyyaml` does."""

else:

    class Loader(
        _Parts,
        CParser,
        ruamel.yaml.constructor.Constructor,
        ruamel.yaml.resolver.VersionedResolver,
    ):
        """Reads as `load_hyperpyyaml` does: the same rules for the kinds of
        values, and the same constructors, with another parser before them."""

        def __init__(self, stream):
            CParser.__init__(self, stream)
            self._parser = self._composer = self
            ruamel.yaml.constructor.Constructor.__init__(self, loader=self)
            ruamel.yaml.resolver.VersionedResolver.__init__(
                self, None, loader=self
            )


load_hyperpyyaml("{}", loader=Loader)  # teaches it !new, !name, !apply, ...


def composed(text):
    """Read a YAML as a graph of nodes.

    Arguments
    ---------
    text : str
        The YAML.

    Returns
    -------
    yaml.Node

    Raises
    ------
    yaml.YAMLError
        When it is none.

    Example
    -------
    >>> composed("a: 1").value[0][1].value
    '1'
    """
    try:
        return yaml.compose(text, Loader=NODES)
    except yaml.YAMLError:  # the parser in Python says more of what is wrong
        return yaml.compose(text, Loader=yaml.SafeLoader)


def constructed(node):
    """Build the values of a mapping, as `load_hyperpyyaml` does.

    That function reads a YAML three times to replace references and includes.
    Where there is none any more, reading it once is ten times as fast.

    Arguments
    ---------
    node : yaml.MappingNode
        Names, and what is to be built.

    Returns
    -------
    dict
        Without the names that begin with two underscores.

    Example
    -------
    >>> constructed(composed("layer: !new:torch.nn.Linear [2, 3]"))
    {'layer': Linear(in_features=2, out_features=3, bias=True)}
    """
    text = yaml.serialize(node, width=float("inf"))
    if REFERENCE.search(text):
        return load_hyperpyyaml(text)
    values = yaml.load(text, Loader=Loader)
    return {k: value for k, value in values.items() if k[:2] != "__"}
