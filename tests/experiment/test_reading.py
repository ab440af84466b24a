"""YAML read with the parsers in C says what `load_hyperpyyaml` and PyYAML's parser in Python read in it."""

from pathlib import Path

import pytest
import ruamel.yaml
import yaml
from hyperpyyaml import load_hyperpyyaml, resolve_references

from sb_contrastive.experiment.reading import Loader, composed, constructed

ROOT = Path(__file__).parents[2]
YAMLS = sorted((ROOT / "hparams").glob("*.yaml"))
VALUES = """
kinds: [yes, no, on, 010, 0o10, 1e-4, 1.0e-4, .5, 1_000, null, ~, '', 2001-01-01]
more: [0x1F, true, False, .inf, '(3, 4)', "é", -0.0, +5, '010', 'yes', "\\n"]
sexagesimal: 1:30
pair: (3, 4)
text: |
  two
  lines
shared: &shared {counter: !new:collections.Counter {a: 2}}
same: *shared
function: !name:sorted {reverse: True}
result: !apply:sorted [[3, 1, 2]]
class: !name:collections.Counter
__gone: !apply:max [1, 2]
"""


def tree(node):
    """A node as tag and value, with all that it is made of."""
    if not isinstance(node.value, list):
        return str(node.tag), node.value
    pairs = [n if isinstance(n, tuple) else (n,) for n in node.value]
    return str(node.tag), [tuple(map(tree, pair)) for pair in pairs]


@pytest.mark.parametrize("path", YAMLS, ids=lambda path: path.stem)
def test_the_experiments_are_read_alike(path):
    with open(path, encoding="utf-8") as file:
        text = resolve_references(file).read()
    text = yaml.serialize(composed(text), width=float("inf"))
    plain = ruamel.yaml.Loader(text).get_single_node()
    assert tree(Loader(text).get_single_node()) == tree(plain)
    python = yaml.compose(text, Loader=yaml.SafeLoader)
    assert tree(composed(text)) == tree(python)
    assert yaml.serialize(composed(text)) == yaml.serialize(python)


def test_values_of_every_kind_are_built_alike():
    found = constructed(composed(VALUES))
    text = yaml.serialize(composed(VALUES), width=float("inf"))
    known = load_hyperpyyaml(text)
    assert found.keys() == known.keys() and "__gone" not in found
    for name in found.keys() - {"function"}:
        assert repr(found[name]) == repr(known[name]), name
        assert type(found[name]) is type(known[name]), name
    assert found["same"] is found["shared"]
    assert found["function"]([1, 2]) == known["function"]([1, 2]) == [2, 1]


def test_references_are_replaced_where_there_are_some():
    assert constructed(composed("a: 1\nb: !ref <a> + 1")) == {"a": 1, "b": 2}
    with pytest.raises(ValueError, match="PLACEHOLDER"):
        constructed(composed("a: !PLACEHOLDER"))


def test_what_is_no_yaml_is_said_in_the_words_of_the_parser_in_python():
    with pytest.raises(yaml.YAMLError, match="expected ',' or ']', but got"):
        composed("a: [1")
