"""Extracts the description of an encoder from a YAML, with all references resolved."""

import io
import os
from pathlib import Path

from hyperpyyaml import resolve_references
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, ScalarNode

# Passes lengths on to the modules that take them, and not to others
_WITH_LENGTHS = "!new:speechbrain.nnet.containers.LengthsCapableSequential"


def encoder_nodes(path, overrides=""):
    """Read the parts of an encoder as YAML nodes.

    References are resolved; the names of classes and their arguments are kept,
    and nothing is built.

    Arguments
    ---------
    path : str or pathlib.Path
        The YAML of an `UtteranceEncoder`, or of an experiment whose value
        `encoder` is one.
    overrides : str
        YAML text that replaces values of that file.

    Returns
    -------
    dict
        Nodes under SpeechBrain's names: `compute_features`, `mean_var_norm`
        (an identity where the encoder has none) and `embedding_model`.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When it describes no encoder.

    Example
    -------
    >>> path = getfixture("tmp_path") / "encoder.yaml"
    >>> _ = path.write_text('''!new:sb_contrastive.encoders.UtteranceEncoder
    ... embedding_dim: 8
    ... compute_features: !new:speechbrain.lobes.features.Fbank
    ...     n_mels: 20
    ... mean_var_norm: !new:torch.nn.Identity
    ... backbone: !new:speechbrain.lobes.models.Xvector.Xvector
    ...     in_channels: !ref <compute_features[n_mels]>
    ...     lin_neurons: !ref <embedding_dim>
    ... ''')
    >>> print(as_text(encoder_nodes(path)))
    compute_features: !new:speechbrain.lobes.features.Fbank
      n_mels: 20
    mean_var_norm: !new:torch.nn.Identity
    embedding_model: !new:speechbrain.lobes.models.Xvector.Xvector
      in_channels: 20
      lin_neurons: 8
    <BLANKLINE>
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no YAML {path} to export from")
    with open(path, encoding="utf-8") as file:
        resolved = resolve_references(file, overrides)
    # Nodes without comments: those of the source would land in odd places
    root = YAML(typ="safe", pure=True).compose(resolved)
    for tree in (root, _entries(root).get("encoder")):
        parts = _entries(tree)
        if {"compute_features", "backbone"} <= set(parts):
            break
    else:
        raise ValueError(
            f"{path} describes no encoder: an export needs compute_features "
            f"and backbone, at its root or in its value `encoder`"
        )
    norm = parts.get("mean_var_norm")
    if norm is None or _is_null(norm):
        identity = MappingNode("!new:torch.nn.Identity", [])
        norm = with_lengths("identity", identity)
    return {
        "compute_features": parts["compute_features"],
        "mean_var_norm": norm,
        "embedding_model": parts["backbone"],
    }


def with_lengths(name, node):
    """Wrap a module that takes no lengths in one that takes and ignores them.

    Arguments
    ---------
    name : str
        Name of the module inside the wrapper.
    node : ruamel.yaml.nodes.Node
        Description of the module.

    Returns
    -------
    ruamel.yaml.nodes.MappingNode
    """
    return MappingNode(_WITH_LENGTHS, [(_scalar(name), node)])


def as_text(nodes):
    """Write nodes as YAML text.

    Arguments
    ---------
    nodes : dict
        Nodes by name.

    Returns
    -------
    str
    """
    entries = [(_scalar(name), node) for name, node in nodes.items()]
    root = MappingNode("tag:yaml.org,2002:map", entries)
    stream = io.StringIO()
    YAML(typ="safe", pure=True).serialize(root, stream)
    return stream.getvalue()


def relative_paths(nodes):
    """Replace absolute paths of this machine, in place, by relative ones.

    Arguments
    ---------
    nodes : iterable of ruamel.yaml.nodes.Node
        The nodes.

    Returns
    -------
    list of str
        All files and folders that the nodes name, as seen from the current one.

    Example
    -------
    >>> node = _scalar(str(Path("setup.py").absolute()))
    >>> relative_paths([node]), node.value
    (['setup.py'], 'setup.py')
    """
    found = []
    for node in nodes:
        if isinstance(node, MappingNode):
            found += relative_paths(value for _, value in node.value)
        elif isinstance(node.value, list):
            found += relative_paths(node.value)
        elif "/" in str(node.value) and Path(node.value).exists():
            if Path(node.value).is_absolute():
                node.value = Path(os.path.relpath(node.value)).as_posix()
            found.append(node.value)
    return found


def packages(nodes):
    """Collect the packages whose classes are named anywhere in the nodes.

    Arguments
    ---------
    nodes : iterable of ruamel.yaml.nodes.Node
        The nodes.

    Returns
    -------
    set of str
    """
    found = set()
    for node in nodes:
        kind, _, name = str(node.tag).partition(":")
        # Without a dot it is Python's own: getattr, for <object.attribute>
        if kind in ("!new", "!name", "!module", "!apply") and "." in name:
            found.add(name.split(".")[0])
        if isinstance(node, MappingNode):
            found |= packages(value for _, value in node.value)
        elif isinstance(node.value, list):
            found |= packages(node.value)
    return found


def _entries(node):
    if not isinstance(node, MappingNode):
        return {}
    return {key.value: value for key, value in node.value}


def _is_null(node):
    # A tag such as !new: may stand without arguments, and is a value then
    return str(node.tag) == "tag:yaml.org,2002:null"


def _scalar(text):
    return ScalarNode("tag:yaml.org,2002:str", text)
