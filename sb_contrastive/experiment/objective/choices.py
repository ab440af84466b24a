"""Values that are chosen by the name of a YAML, in a folder of the value's name beside the experiment."""

from pathlib import Path

import yaml

from sb_contrastive.experiment.beside import make_importable
from sb_contrastive.experiment.objective.text_blocks import (
    block_of,
    node_of,
    text_blocks,
)
from sb_contrastive.experiment.overriding.merging import merge_nodes
from sb_contrastive.experiment.overriding.words import WORD
from sb_contrastive.suggestions import did_you_mean

CHOSEN = ("negatives", "positives")


def choices_of(name, path):
    """List the YAMLs that a value may name.

    Arguments
    ---------
    name : str
        Name of the value.
    path : pathlib.Path
        The experiment.

    Returns
    -------
    list of str
        Their names; empty where the value is not chosen in this way.
    """
    if name not in CHOSEN:
        return []
    return sorted(file.stem for file in (path.parent / name).glob("*.yaml"))


def with_choice(text, path, name, node):
    """Write an experiment with another choice of a value.

    Values of the chosen YAML take the place of those of the experiment or are
    added to them. Parts of an object that are named without a class, as in
    `crops: {counts: [3]}`, replace those parts alone.

    Arguments
    ---------
    text : str
        The experiment.
    path : pathlib.Path
        Its file.
    name : str
        The value, one of `CHOSEN`.
    node : yaml.Node
        What was given: the name or path of a YAML.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        When there is no such YAML, or it changes what the experiment lacks.
    """
    file = _file(name, path, node.value)
    new = dict(text_blocks(file.read_text(encoding="utf-8")))
    new.pop(None, None)
    blocks = text_blocks(text)
    written = {key: block for key, block in blocks if key}
    nodes = {key: node_of(block) for key, block in written.items()}
    for key, block in new.items():
        given = node_of(block)
        parts = isinstance(given, yaml.MappingNode) and given.tag[:1] != "!"
        if parts and key not in written:
            raise ValueError(
                f"--{name} {node.value} changes {key}, which {path} does not have"
            )
        if parts:
            new[key] = block_of(key, merge_nodes(nodes[key], given, nodes))
    blocks = [(key, new.pop(key, block)) for key, block in blocks]
    added = "".join(new.values())
    at = next(i for i, (key, _) in enumerate(blocks) if key == name)
    blocks.insert(at, (None, added))
    return "".join(block for _, block in blocks)


def values_of_choices(values, path):
    """List the values that the choices of a run bring to its experiment.

    Arguments
    ---------
    values : dict
        Of the run; `negatives` and `positives` may be among them, as names or
        paths of YAMLs.
    path : pathlib.Path
        The experiment.

    Returns
    -------
    list of str
        Empty where nothing is chosen.
    """
    found = []
    for name in CHOSEN:
        given = values.get(name)
        if not isinstance(given, str) or given.startswith("$"):
            continue  # of a run of the study: it is not there yet
        if is_choice(name, yaml.ScalarNode(WORD, given), path):
            text = _file(name, path, given).read_text(encoding="utf-8")
            found += [key for key, _ in text_blocks(text) if key]
    return found


def _file(name, path, given):
    """Find the YAML that was asked for."""
    for file in (path.parent / name / f"{given}.yaml", Path(given)):
        if file.suffix == ".yaml" and file.is_file():
            make_importable(file.parent)
            return file
    known = choices_of(name, path)
    raise ValueError(
        f"--{name} is null, the path of a YAML or one of {', '.join(known)}, "
        f"got {given!r}{did_you_mean(given, known)}"
    )


def is_choice(name, node, path):
    """Tell whether a value that was given names a YAML.

    Arguments
    ---------
    name : str
        Name of the value.
    node : yaml.Node
        What was given.
    path : pathlib.Path
        The experiment.

    Returns
    -------
    bool
    """
    plain = isinstance(node, yaml.ScalarNode) and (
        node.tag == WORD or node.tag[:1] != "!"
    )
    text = node.value.strip() if plain else ""
    absent = text.lower() in ("", "null", "~", "none")
    # `!new:...` of a command line is a word as well, which nothing has read yet
    return bool(choices_of(name, path)) and not absent and text[:1] != "!"
