"""Reads what replaces values of a YAML on the command line, and compares it with what it replaces."""

import dataclasses
import re

import speechbrain as sb
import yaml
from speechbrain.utils.run_opts import RunOptions

from sb_contrastive.experiment.annotations import NULL, items, kinds
from sb_contrastive.experiment.overriding.words import as_yaml, split_words
from sb_contrastive.experiment.signatures import located, parameters
from sb_contrastive.suggestions import did_you_mean

LARGEST_SEED = 2**32 - 1  # of NumPy
KINDS = {
    "tag:yaml.org,2002:bool": "True or False",
    "tag:yaml.org,2002:int": "a whole number",
    "tag:yaml.org,2002:float": "a number",
}
SWITCH = ("True", "False", "true", "false")
# PyYAML reads 1e-3 as text, HyperPyYAML as a number
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?")
WHOLE = re.compile(r"0|[1-9]\d{0,17}")


def parse_arguments(arguments):
    """Read a command line. SpeechBrain reads its run options, without
    abbreviations: it would take `--prec bf16` for `--precision bf16` and then
    leave it out. All else is kept to the letter.

    Arguments
    ---------
    arguments : list of str
        Those of train.py.

    Returns
    -------
    tuple
        Path of the experiment, run options, overrides as YAML.

    Raises
    ------
    ValueError
        When an option is cut short, or a word belongs to none.

    Example
    -------
    >>> print(parse_arguments(["a.yaml", "--fold", "01"])[2])
    "fold": !word "01"
    <BLANKLINE>
    """
    names = RunOptions().as_dict()
    for argument in arguments:
        name = argument.removeprefix("--").split("=")[0]
        if argument.startswith("--") and name and name not in names:
            whole = [option for option in names if option.startswith(name)]
            if whole:
                raise ValueError(
                    f"there is no option --{name}: write "
                    f"{' or '.join(f'--{option}' for option in whole)}"
                )
    loose, options, values = split_words(arguments)
    if not loose:
        raise ValueError(
            "name an experiment first, such as dino_ser, then [--key value ...]"
        )
    if loose[1:]:
        raise ValueError(
            f"values are given as --key value, got {' '.join(loose[1:])!r}"
        )
    path, run_opts, _ = sb.parse_arguments([loose[0], *options])
    limit = run_opts["optimizer_step_limit"]
    if limit is not None:  # which SpeechBrain leaves a text
        if not WHOLE.fullmatch(str(limit)):
            raise ValueError(
                f"--optimizer_step_limit is a whole number, got {limit!r}"
            )
        run_opts = dataclasses.replace(
            run_opts, optimizer_step_limit=int(limit)
        )
    return path, run_opts, as_yaml(values)


def parse_overrides(text):
    """Reads overrides.

    Arguments
    ---------
    text : str
        Lines of `key: value`, as YAML.

    Returns
    -------
    dict of str to tuple of yaml.Node
        Key and value by the name of the key.

    Raises
    ------
    ValueError
        When the text is nothing of the kind, or a key comes twice.

    Example
    -------
    >>> list(parse_overrides("seed: 3\\nlr: 0.1"))
    ['seed', 'lr']
    """
    try:
        root = yaml.compose(text or "{}", Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or error
        raise ValueError(
            f"the values on the command line are no YAML ({problem}): put "
            f"quotes within the quotes of a value that holds a colon or a "
            f"bracket, in {' '.join(text.split())!r}"
        ) from None
    pairs = root.value if isinstance(root, yaml.MappingNode) else [()]
    if not all(p and isinstance(p[0], yaml.ScalarNode) for p in pairs):
        raise ValueError(
            f"values are given as --key value, got {' '.join(text.split())!r}"
        )
    keys = [key.value for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(
                f"--{key} is given twice, and only one value can count: "
                f"leave one out"
            )
    return {key.value: (key, value) for key, value in pairs}


def check_override(name, before, now, known=None, inside=False):
    """Refuses a value that cannot stand where another one stood.

    Arguments
    ---------
    name : str
        Its key, for the message.
    before, now : yaml.Node
        The value in the experiment, and the one to replace it.
    known : Parameter, optional
        The argument that takes it: its annotation may allow more kinds than
        that of the old value.
    inside : bool
        Whether the value is a part of another one: names in a mapping there are
        the user's own, such as ways to score trials.

    Raises
    ------
    ValueError
        When a number or a switch is replaced by something else, a list by no
        list, parts by one value, or a part that is not there is named.

    Example
    -------
    >>> check_override("epochs", yaml.compose("20"), yaml.compose("ten"))
    Traceback (most recent call last):
    ...
    ValueError: --epochs is a whole number such as 20, got 'ten'
    """
    if now.tag.startswith("!"):
        return  # an object or reference of the user's making
    allowed = () if known is None else kinds(known.annotation)
    absent = now.tag == NULL and isinstance(now, yaml.ScalarNode)
    if absent and known is not None and known.default is None:
        return
    if list in allowed:
        _check_list(name, now, allowed, known.annotation)
    if isinstance(before, yaml.MappingNode):
        open_names = inside or dict in allowed
        _check_parts(name, before, now, open_names)
    elif isinstance(before, yaml.SequenceNode):
        if isinstance(now, yaml.ScalarNode) and not {*allowed} & {str, float}:
            _refuse_no_list(name, now)
    elif before.tag in KINDS:
        several = list in allowed and isinstance(now, yaml.SequenceNode)
        if str in allowed and not NUMBER.fullmatch(str(now.value)):
            return  # a word, which whoever reads it knows or refuses
        if type(None) in allowed and now.tag == NULL:
            return
        for one in now.value if several else [now]:
            _check_number(name, before, one, float in allowed)
    elif before.tag == "!ref" and not now.value:
        raise ValueError(f"--{name} is one value such as {before.value}")


def _check_list(name, now, allowed, annotation):
    """Refuse one value for a list, and a list of pairs for one of names."""
    if isinstance(now, yaml.ScalarNode) and not {*allowed} & {str, float}:
        _refuse_no_list(name, now, type(None) in allowed)
    for item in now.value if isinstance(now, yaml.SequenceNode) else ():
        if items(annotation) is str and not isinstance(item, yaml.ScalarNode):
            raise ValueError(
                f"--{name} is a list of names: put quotes around a name that "
                f'holds a colon or a bracket, as in ["a: b"]'
            )


def _refuse_no_list(name, now, may_be_absent=True):
    if now.tag != NULL or not may_be_absent:
        raise ValueError(
            f"--{name} is a list: write [{now.value}], got {now.value!r}"
        )


def _check_parts(name, before, now, open_names):
    parts = {key.value: value for key, value in before.value}
    target = located(before)
    known = (target and parameters(target)) or {}
    if isinstance(now, yaml.MappingNode):
        for key, value in now.value:
            if key.value in parts:
                below = f"{name} {key.value}"
                argument = known.get(key.value)
                check_override(
                    below, parts[key.value], value, argument, inside=True
                )
            elif not open_names and not before.tag.startswith("!"):
                raise ValueError(
                    f"--{name} has no part {key.value!r}"
                    f"{did_you_mean(key.value, parts)}"
                )
    elif now.tag != NULL:
        raise ValueError(
            f"--{name} has the parts {', '.join(parts)}: write "
            f"'{{{next(iter(parts), 'part')}: value}}', got {_shown(now)}"
        )


def _check_number(name, before, now, fractional):
    kind = KINDS[before.tag]
    if fractional and kind == "a whole number":
        kind = KINDS["tag:yaml.org,2002:float"]
    fits = isinstance(now, yaml.ScalarNode) and now.value in SWITCH
    if kind != "True or False":
        form = WHOLE if kind == "a whole number" else NUMBER
        fits = isinstance(now, yaml.ScalarNode) and form.fullmatch(now.value)
    if not fits:
        raise ValueError(
            f"--{name} is {kind} such as {before.value}, got {_shown(now)}"
        )
    if name == "seed" and int(now.value) > LARGEST_SEED:
        # SpeechBrain would take another one, and only log it
        raise ValueError(f"--seed is at most {LARGEST_SEED}, got {now.value}")


def _shown(node):
    if isinstance(node, yaml.ScalarNode):
        return repr(node.value)
    return "several values"
