"""The YAML of an encoder: which an experiment has, and its values, given beside those of the experiment."""

import re
from pathlib import Path

import yaml

from sb_contrastive.experiment.beside import make_importable
from sb_contrastive.suggestions import did_you_mean


def included_encoder(text, path):
    """Find the file that the experiment's own value `encoder` includes.

    Arguments
    ---------
    text : str
        The experiment.
    path : pathlib.Path
        Its file.

    Returns
    -------
    pathlib.Path or None
        None where it includes none.
    """
    found = re.search(r"^encoder: *!include:(\S+)", text, re.MULTILINE)
    return found and path.parent / found[1]


def encoder_file(name, path):
    """Find the file of the encoder that was asked for.

    Arguments
    ---------
    name : str
        The value of --encoder: the name of a YAML in the folder `models` beside
        the experiment, or the path of one.
    path : pathlib.Path
        The experiment.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        When there is none.
    """
    models = path.parent / "models"
    for file in (models / f"{name}.yaml", Path(name)):
        if file.is_file():
            make_importable(file.parent)
            return file.resolve().as_posix()
    known = sorted(file.stem for file in models.glob("*.yaml"))
    raise ValueError(
        f"there is no encoder {name!r}; give the path of a YAML or one of "
        f"{', '.join(known)}{did_you_mean(name, known)}"
    )


def encoder_values(path):
    """Find the place of each value of an encoder's YAML whose name comes once.

    Arguments
    ---------
    path : str or pathlib.Path
        A YAML as in hparams/models.

    Returns
    -------
    dict of str to tuple of str
        Name -> the names that lead to it, itself the last.

    Example
    -------
    >>> path = getfixture("tmp_path") / "mine.yaml"
    >>> _ = path.write_text("!new:a.B\\nc: !new:d.E {rate: 1}\\nf: {g: 1}")
    >>> encoder_values(path)["rate"]
    ('c', 'rate')
    """
    root = yaml.compose(
        Path(path).read_text(encoding="utf-8"), Loader=yaml.SafeLoader
    )
    found = list(_names(root, ()))
    last = [names[-1] for names in found]
    return {names[-1]: names for names in found if last.count(names[-1]) == 1}


def include_with(path, values):
    """YAML that includes an encoder's file with some values replaced.

    Arguments
    ---------
    path : str or pathlib.Path
        The encoder's YAML.
    values : dict of str to yaml.Node
        New values by name; each name must be one of `encoder_values`.

    Returns
    -------
    str
        The value `encoder`, with its key.

    Example
    -------
    >>> path = getfixture("tmp_path") / "mine.yaml"
    >>> _ = path.write_text("!new:a.B\\nc: !new:d.E {rate: 1}")
    >>> print(include_with(path, {"rate": yaml.compose("2")}))
    encoder: !include:...mine.yaml
      c:
        rate: 2
    <BLANKLINE>
    """
    places = encoder_values(path)
    tree = {}
    for name, node in values.items():
        branch = tree
        for key in places[name][:-1]:
            branch = branch.setdefault(key, {})
        branch[name] = node
    include = f"!include:{Path(path).resolve().as_posix()}"
    return yaml.serialize(
        _mapping({"encoder": _mapping(tree, include)}), width=float("inf")
    )


def values_of_encoder(values, path):
    """List the values that the encoder of a run brings to its experiment.

    Arguments
    ---------
    values : dict
        Of the run; `encoder` may be among them.
    path : pathlib.Path
        The experiment.

    Returns
    -------
    list of str
        Empty where the encoder has no file, or one that is not there yet.
    """
    given = values.get("encoder")
    if "encoder" not in values:
        file = included_encoder(path.read_text(encoding="utf-8"), path)
    elif isinstance(given, str) and not given.startswith("$"):
        file = encoder_file(given, path)
    else:
        file = None
    return list(encoder_values(file)) if file else []


def _names(node, above):
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            names = (*above, key.value)
            yield names
            yield from _names(value, names)


def _mapping(tree, tag="tag:yaml.org,2002:map"):
    if isinstance(tree, yaml.Node):
        return tree
    entries = [(_scalar(key), _mapping(value)) for key, value in tree.items()]
    return yaml.MappingNode(tag, entries)


def _scalar(text):
    return yaml.ScalarNode("tag:yaml.org,2002:str", text)
