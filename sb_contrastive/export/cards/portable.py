"""Takes the folders of a machine out of what is written for others."""

import re

# A path that begins at the root, and is part neither of a web address nor of a
# relative path. Blanks end it, but for those within quotes.
_ABSOLUTE = re.compile(
    r"""(?P<quote>['"])(?P<quoted>~?/[^'"\n]*)(?P=quote)"""
    r"""|(?<![\w/.:~-])~?/(?:[^\s/,;'"()\[\]{}]+/)+(?P<last>[^\s/,;'"()\[\]{}]*)"""
)


def without_absolute_paths(text):
    """Shorten absolute paths to their last part.

    Arguments
    ---------
    text : str
        Any text, such as a command.

    Returns
    -------
    str

    Example
    -------
    >>> without_absolute_paths("train.py --manifest=/home/ann/my/a.csv --lr 1/2")
    'train.py --manifest=.../a.csv --lr 1/2'
    >>> without_absolute_paths("see https://a.org/b/c; --unlabelled '/x/my wavs/'")
    "see https://a.org/b/c; --unlabelled '.../my wavs'"
    """
    return _ABSOLUTE.sub(_shortened, text)


def _shortened(match):
    path = match["quoted"] or match[0]
    name = path.rstrip("/").rsplit("/", 1)[-1]
    quote = match["quote"] or ""
    return f"{quote}.../{name}{quote}"
