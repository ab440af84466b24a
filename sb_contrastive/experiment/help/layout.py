"""The layout of the help: two columns, names and what is said of them."""

import re
import textwrap

from sb_contrastive.process.invocation import CONSOLE, program

COLUMN = 34  # where explanations begin
RULED = re.compile(r"# -+ (.+?) -+$")
COMMENT = re.compile(r"(?:^|\s+)# ?(.*)$")


def started_as():
    """Return the words that a user begins an experiment with.

    Returns
    -------
    str
    """
    words = program()
    if words[-1].endswith("train.py"):
        return "python train.py"
    return " ".join(words if "-m" in words else [CONSOLE]) + " train"


def usage():
    """Return the first line of the help.

    Returns
    -------
    str
    """
    return (
        f"usage: {started_as()} EXPERIMENT [--key value ...] [run options]\n"
        f"EXPERIMENT is a name such as dino_ser, or the path of a YAML."
    )


def entry(name, text):
    """Write one value and what is said of it, in two columns.

    Arguments
    ---------
    name : str
        The left column.
    text : str
        The right one, of any length.

    Returns
    -------
    str

    Example
    -------
    >>> entry("--seed 3", "any number")
    '  --seed 3                        any number'
    """
    lines = textwrap.wrap(
        text,
        width=100,
        initial_indent=" " * COLUMN,
        subsequent_indent=" " * COLUMN,
        break_on_hyphens=False,
    ) or [""]
    name = f"  {name}".rstrip()
    if len(name) + 2 > COLUMN:
        return "\n".join([name, *lines]).rstrip()
    lines[0] = name.ljust(COLUMN) + lines[0][COLUMN:]
    return "\n".join(lines).rstrip()


def about(path):
    """Read the comment at the top of a YAML, without its rules.

    Arguments
    ---------
    path : pathlib.Path
        The YAML.

    Returns
    -------
    list of str
        Lines.
    """
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#") or RULED.match(line):
            break
        if line.strip("# "):
            lines.append(line[2:])
    return lines or [""]
