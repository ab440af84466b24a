"""Refuses descriptions of models that name code outside the packages for speech."""

import inspect
import pydoc

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, SequenceNode

KNOWN = ("speechbrain", "torch", "torchaudio", "sb_contrastive")
CODE = ("!new", "!name", "!module", "!apply")  # each calls or imports a name
VALUES = ("!ref", "!copy", "!tuple", "!PLACEHOLDER")
# Within those packages: what runs commands, downloads code or reads pickles
RUNS = (
    "sb_contrastive.command_line",
    "sb_contrastive.experiment",
    "sb_contrastive.export.loading",
    "sb_contrastive.inference",
    "sb_contrastive.load",
    "sb_contrastive.study",
    "speechbrain.dataio.dataio.load_pkl",
    "speechbrain.dataio.legacy",
    "speechbrain.utils.DER",
    "speechbrain.utils.checkpoints",
    "speechbrain.utils.data_utils",
    "speechbrain.utils.fetching",
    "speechbrain.utils.importutils",
    "speechbrain.utils.parallel",
    "speechbrain.utils.superpowers",
    "speechbrain.inference",
    "torch._dynamo",
    "torch._inductor",
    "torch.distributed",
    "torch.hub",
    "torch.jit",
    "torch.multiprocessing",
    "torch.package",
    "torch.serialization",
    "torch.utils.collect_env",
    "torch.utils.cpp_extension",
    "torch.utils.model_zoo",
    "torchaudio.utils",
)


def compose(path, text):
    """Read the nodes of a YAML, of which nothing is built.

    Arguments
    ---------
    path : str or pathlib.Path
        Its file, for messages.
    text : str
        The YAML.

    Returns
    -------
    ruamel.yaml.nodes.MappingNode

    Raises
    ------
    ValueError
        When it cannot be read, with the line.

    Example
    -------
    >>> compose("hyperparams.yaml", "a: 1\\nb:\\t- 2")
    Traceback (most recent call last):
    ...
    ValueError: hyperparams.yaml, line 2: found character '\\t' that cannot ...
    """
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ValueError(
            f"{path}{place}: {reason}: mend this line, or get the file again"
        ) from error
    if not isinstance(root, MappingNode):
        raise ValueError(
            f"{path} holds no keys and values: it describes no model"
        )
    return root


def refuse_unknown_tags(path, node):
    """Refuse a description that builds anything but parts of known packages.

    It is a fence, not a proof: a model folder is code of its author. Whatever
    lies outside of `KNOWN` is refused, and so are functions of these packages
    that run commands, download code or read pickles.

    Arguments
    ---------
    path : str or pathlib.Path
        The file of the description, for messages.
    node : ruamel.yaml.nodes.Node
        What was read from it, see `compose`.

    Raises
    ------
    ValueError
        When a tag is refused; it names the line.

    Example
    -------
    >>> text = "a: !new:torch.nn.Identity\\nb: !apply:os.system [ls]"
    >>> refuse_unknown_tags("m/hyperparams.yaml", compose("", text))
    Traceback (most recent call last):
    ...
    ValueError: m/hyperparams.yaml, line 2: the tag !apply:os.system names code ...
    """
    reason = _fault(str(node.tag)) or _reaches_inside(node)
    if reason:
        raise ValueError(
            f"{path}, line {node.start_mark.line + 1}: the tag {node.tag} "
            f"{reason}, and a model may run any code on this machine: give "
            f"--trust, or trust=True in Python, if you trust its author"
        )
    if isinstance(node, MappingNode):
        for key, value in node.value:
            refuse_unknown_tags(path, key)
            refuse_unknown_tags(path, value)
    elif isinstance(node, SequenceNode):
        for value in node.value:
            refuse_unknown_tags(path, value)


def _fault(tag):
    """Say what is wrong with a tag; "" if nothing is."""
    kind, _, name = tag.partition(":")
    if kind in CODE:
        if (kind, name) == ("!apply", "getattr"):  # <object.attribute>
            return ""
        if name.split(".")[0] not in KNOWN:
            return f"names code outside of {', '.join(KNOWN)}"
        if _runs(name):
            return "names a function that may run other code"
        return ""
    plain = tag.startswith("tag:yaml.org,2002:") and "python" not in tag
    # `!ref` and its like are told apart by the beginning: !ref <a> has no name
    return "" if plain or tag in VALUES else "is none that models need"


def _reaches_inside(node):
    """Say so where an attribute is asked for that leads to Python's insides."""
    if str(node.tag) != "!apply:getattr":
        return ""
    names = [str(part.value) for part in node.value if _is_text(part)]
    inside = isinstance(node, MappingNode) or any(
        name.startswith("_") for name in names
    )
    return "asks for an attribute that no model needs" if inside else ""


def _is_text(node):
    return not isinstance(node, (MappingNode, SequenceNode))


def _runs(name):
    """Tell whether a name leads out of the known packages, or to code that runs
    what it is given. `torch.os.system` begins with torch, and is none of it."""
    if "__" in name:
        return True  # __main__ and its like
    try:
        # This imports nothing but modules of these packages
        found = pydoc.locate(name)
    except pydoc.ErrorDuringImport:
        return False  # building it will say why
    if found is None:
        return False  # building it will say that there is none
    if inspect.ismodule(found):
        home = found.__name__
    else:
        home = getattr(found, "__module__", None) or name
        home = f"{home}.{getattr(found, '__name__', '')}"
    return home.split(".")[0] not in KNOWN or any(
        f"{place}.".startswith(f"{refused}.")
        for place in (home, name)
        for refused in RUNS
    )
