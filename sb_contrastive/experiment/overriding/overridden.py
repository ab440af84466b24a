"""The text of an experiment after the command line: which value replaces which, and whether it may."""

import re
from pathlib import Path

import yaml

from sb_contrastive.experiment.beside import make_importable
from sb_contrastive.experiment.document import MAPPING, Document
from sb_contrastive.experiment.objective import (
    is_choice,
    objectives_of,
    with_choice,
    with_objective,
)
from sb_contrastive.experiment.overriding.blocks import write_blocks
from sb_contrastive.experiment.overriding.encoder_values import (
    encoder_file,
    encoder_values,
    include_with,
    included_encoder,
)
from sb_contrastive.experiment.overriding.merging import REFERENCE, merged
from sb_contrastive.experiment.overriding.names import (
    OWN,
    names_to_the_letter,
    takers,
)
from sb_contrastive.experiment.overriding.other_experiments import (
    runs_to_the_letter,
)
from sb_contrastive.experiment.overriding.overrides import (
    check_override,
    parse_overrides,
)
from sb_contrastive.experiment.overriding.run_options import (
    DEBUG,
    given_options,
    is_debug,
)
from sb_contrastive.experiment.overriding.words import WORD, read_word
from sb_contrastive.experiment.reading import composed
from sb_contrastive.experiment.schema import known_values
from sb_contrastive.suggestions import did_you_mean

ENCODER = OWN["output_folder"]  # as its: the name of a file
# The value `encoder` at the top level, with all that is indented below it
_ENCODER = re.compile(r"^encoder:.*\n?(?:[ \t]+\S.*\n?)*", re.MULTILINE)


def overridden(path, overrides, run_opts=None):
    """Put overrides into an experiment.

    Arguments
    ---------
    path : pathlib.Path
        The experiment.
    overrides : str
        Values of the first level, as YAML.
    run_opts : speechbrain.utils.run_opts.RunOptions, optional
        Those that were given are overrides of the values of the same name.

    Returns
    -------
    str
        The experiment with all of them in place.

    Raises
    ------
    ValueError
        When there is no such value, or the new one does not fit.
    """
    text = path.read_text(encoding="utf-8")
    written = _nodes(text, path)
    given = parse_overrides(overrides)
    if "objective" in given and "objective" not in written:
        text = with_objective(text, path, given.pop("objective")[1].value)
        written = _nodes(text, path)
    for name in [n for n in given if n in written]:
        if is_choice(name, given[name][1], path):
            text = with_choice(text, path, name, given.pop(name)[1])
            written = _nodes(text, path)
    document = read_document(path, text)
    known = takers(document, written)
    for name, (key, value) in given.items():
        if value.tag == WORD:
            before, taker = written.get(name), known.get(name)
            if name == "encoder":
                taker = ENCODER
            value = read_word(name, value.value, taker, before)
            given[name] = key, value
    for name, value in given_options(run_opts).items():
        if name in written:  # SpeechBrain has taken it out of the overrides
            given |= parse_overrides(f"{name}: {value}")
    own = {key: pair for key, pair in given.items() if key in written}
    rest = {k: v for k, (_, v) in given.items() if k not in own}
    file = included_encoder(text, path)
    if "encoder" in own:
        node = own.pop("encoder")[1]
        if not isinstance(node, yaml.ScalarNode):
            raise ValueError(
                "--encoder is the name of a YAML, whose values are given "
                "beside it: --encoder xvector --embedding_dim 192"
            )
        file = encoder_file(node.value, path)
    for key, (_, value) in own.items():
        now = _referred(key, value, written)
        check_override(key, written[key], now, known.get(key))
    inner = encoder_values(file) if rest and file else {}
    added = {key: node for key, node in rest.items() if key in known}
    rest = {key: node for key, node in rest.items() if key not in added}
    for key in rest:
        if key not in inner:
            names = dict.fromkeys([*written, *known, *inner, "objective"])
            raise ValueError(
                f"{path} has no value --{key}{did_you_mean(key, names)}"
            )
    for key, node in added.items():
        default = yaml.compose(yaml.safe_dump(_plain(known[key].default)))
        names_to_the_letter({key: node}, known)
        check_override(key, default, node, known[key])
        pair = (yaml.ScalarNode("tag:yaml.org,2002:str", key), node)
        line = yaml.serialize(yaml.MappingNode(MAPPING, [pair]))
        text = f"{text.rstrip()}\n{line}"
    if rest or "encoder" in given:
        text = _ENCODER.sub(lambda _: include_with(file, rest), text)
    root = composed(text)
    names_to_the_letter({key: node for key, (_, node) in own.items()}, known)
    text = merged(root, {key: value for key, (_, value) in own.items()})
    root = composed(text)
    nodes = {key.value: node for key, node in root.value}
    names_to_the_letter(nodes, known)
    runs_to_the_letter(nodes, known, path.parent, read_document)
    if is_debug(run_opts, nodes) and "output_folder" in nodes:
        _set_apart(nodes["output_folder"])
    write_blocks(root)
    return yaml.serialize(root, width=float("inf"))


def _referred(key, node, written):
    """Return the value that a reference such as `!ref <lr>` stands for, so that it
    is checked as if it had been written out."""
    if node.tag != "!ref" or not isinstance(node, yaml.ScalarNode):
        return node
    if key in REFERENCE.findall(node.value):
        raise ValueError(f"--{key} refers to itself: give the value")
    found = REFERENCE.fullmatch(node.value.strip())
    target = found and written.get(found[1])
    plain = isinstance(target, yaml.ScalarNode) and target.tag[:1] != "!"
    return target if plain else node


def experiment_values(path):
    """Collect the values that an experiment has, written or by signatures.

    Arguments
    ---------
    path : str or pathlib.Path
        The experiment.

    Returns
    -------
    dict
        Their names, each once.
    """
    document, path = read_document(path), Path(path)
    names = [*document.nodes, *known_values(document)]
    if objectives_of(path):
        names.append("objective")
    return dict.fromkeys(names)


def read_document(path, text=None):
    """Read an experiment as it is written, with neither overrides nor references
    nor includes resolved: signatures need none of these, and resolving is slow.

    Arguments
    ---------
    path : str or pathlib.Path
        The experiment.
    text : str, optional
        Its text, where that has been read before.

    Returns
    -------
    Document
    """
    path = Path(path)
    make_importable(path.parent)
    return Document(text or path.read_text(encoding="utf-8"), path)


def _set_apart(node):
    """Give a debug run a folder beside the real one."""
    folder = Path(node.value)
    if not any(part.endswith(DEBUG) for part in folder.parts):
        node.value = f"{folder}{DEBUG}"


def _plain(default):
    """Return a default that YAML can write, None instead of another."""
    return default if isinstance(default, (bool, int, float, str)) else None


def _nodes(text, path):
    """Map the names of the first level to what is written there."""
    root = composed(text)
    if not isinstance(root, yaml.MappingNode):
        raise ValueError(
            f"{path} is no experiment: its first level is made of lines such "
            f"as 'seed: 1986'"
        )
    return {key.value: value for key, value in root.value}
