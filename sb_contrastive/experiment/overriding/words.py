"""The words of a command line: each value is taken to the letter, before anything reads it as YAML."""

import re

import yaml
from speechbrain.utils.run_opts import RunOptions

from sb_contrastive.experiment.annotations import NULL, NUMBERS, TEXT, kinds
from sb_contrastive.experiment.signatures import REQUIRED as EMPTY

WORD = "!word"  # marks a value that nothing has read yet
TAGGED = re.compile(r"!(ref|new|name|apply|include|copy|tuple|module)\b")
QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')""")
SEVERAL = ("jit_module_keys", "compile_module_keys")


def split_words(words):
    """Tell the experiment, SpeechBrain's run options and values apart.

    Arguments
    ---------
    words : list of str
        Those after train.py.

    Returns
    -------
    loose : list of str
        Words that belong to no option: the experiment, if all is well.
    options : list of str
        Run options, as words.
    values : list of tuple of str
        Name and text of each value, in their order.

    Example
    -------
    >>> split_words(["a.yaml", "--debug", "--manifest=a=b.csv", "--fold", "01"])
    (['a.yaml'], ['--debug'], [('manifest', 'a=b.csv'), ('fold', '01')])
    """
    defaults = RunOptions().as_dict()
    loose, options, values = [], [], []
    groups = [(None, [])]
    for word in words:
        if word.startswith("--"):
            name, equals, first = word[2:].partition("=")
            groups.append((name, [first] if equals else []))
        else:
            groups[-1][1].append(word)
    for name, given in groups:
        if name is None:
            loose += given
        elif name not in defaults:
            values.append((name, " ".join(given)))
        else:
            most = 0 if defaults[name] is False else 1
            most = len(given) if name in SEVERAL else most
            options += [f"--{name}", *given[:most]]
            loose += given[most:]
    return loose, options, values


def as_yaml(values):
    """Write values of a command line as YAML that holds their letters.

    Arguments
    ---------
    values : list of tuple of str
        From `split_words`.

    Returns
    -------
    str

    Example
    -------
    >>> print(as_yaml([("output_folder", "run #1")]))
    "output_folder": !word "run #1"
    <BLANKLINE>
    """
    pairs = [
        (
            yaml.ScalarNode(TEXT, n, style='"'),
            yaml.ScalarNode(WORD, v, style='"'),
        )
        for n, v in values
    ]
    if not pairs:
        return ""
    root = yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=False)
    return yaml.serialize(root, width=float("inf"))


def read_word(name, text, known=None, before=None):
    """Read a value of the command line as what it stands for.

    Arguments
    ---------
    name : str
        The value's name, for the message.
    text : str
        The word.
    known : Parameter, optional
        The argument that takes it.
    before : yaml.Node, optional
        What the experiment has, where no signature tells more.

    Returns
    -------
    yaml.Node
        A text to the letter where a text is asked for; else what YAML reads.

    Raises
    ------
    ValueError
        When it is no YAML, or is nothing where a name is asked for.

    Example
    -------
    >>> read_word("epochs", "3").tag, read_word("note", "a: b #1").value
    ('tag:yaml.org,2002:int', 'a: b #1')
    """
    allowed = [] if known is None else kinds(known.annotation)
    if before is not None and before.tag == TEXT and allowed in ([], [EMPTY]):
        allowed = [str, type(None)]
    letters = yaml.ScalarNode(TEXT, text, style='"')
    shape = {"[": list, "{": dict}.get(text[:1])
    structure = shape and (str not in allowed or shape in allowed)
    if structure or TAGGED.match(text) or QUOTED.fullmatch(text):
        try:
            return yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            if str in allowed:
                return letters
            problem = getattr(error, "problem", None) or error
            raise ValueError(
                f"--{name} is no YAML ({problem}): put quotes within the quotes "
                f"of a name that holds a comma, a colon or a bracket, in {text!r}"
            ) from None
    if str in allowed and not text.strip():
        raise ValueError(f"--{name} is empty: name something, or leave it out")
    if str in allowed and text != "null":
        number = NUMBERS.get(getattr(_plain(text), "tag", None))
        return _plain(text) if number in allowed else letters
    return _plain(text) or letters


def _plain(text):
    """Read a number, a switch, null or a single word; None where YAML would
    read anything but all of its letters."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    if node is None:
        return yaml.ScalarNode(NULL, "")
    whole = isinstance(node, yaml.ScalarNode) and node.value == text.strip()
    return node if whole else None
