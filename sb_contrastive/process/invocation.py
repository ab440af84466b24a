"""The command that has started this process, as a user would type it again."""

import shlex
import sys
from pathlib import Path

CONSOLE = "sb-contrastive"


def program():
    """Return the words that stand before the arguments.

    Returns
    -------
    list of str
        Such as ["python", "train.py"], or ["sb-contrastive"], without the folder
        that it was installed in.

    Example
    -------
    >>> getfixture("monkeypatch").setattr("sys.argv", ["/venv/bin/sb-contrastive"])
    >>> program()
    ['sb-contrastive']
    """
    path = Path(sys.argv[0])
    if path.name == CONSOLE:
        return [CONSOLE]
    if path.parts[-2:] == ("sb_contrastive", "__main__.py"):
        return ["python", "-m", "sb_contrastive"]
    return ["python", sys.argv[0]]


def command_line():
    """Return the whole command, quoted for a shell.

    Returns
    -------
    str
    """
    return shlex.join([*program(), *sys.argv[1:]])
