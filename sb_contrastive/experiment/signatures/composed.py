"""Arguments that a class gives to its bases itself, so that nobody else can give them."""

import ast
import functools
import inspect
import textwrap


@functools.cache
def composed(target):
    """List the arguments that a class takes from its bases by `**kwargs`, but
    gives to them itself: a second value would be a `TypeError` when it is made.

    Arguments
    ---------
    target : type
        Such as `SimCLRBrain`, which gives `objectives` to `PretrainingBrain`.

    Returns
    -------
    dict of str to type
        The base that takes the argument, by its name.

    Example
    -------
    >>> from sb_contrastive.brains import SimCLRBrain
    >>> composed(SimCLRBrain)["objectives"].__name__
    'PretrainingBrain'
    """
    if not inspect.isclass(target):
        return {}
    owners = [base for base in target.__mro__ if "__init__" in vars(base)]
    found, free = {}, set()
    for number, owner in enumerate(owners):
        given = _named(owner)
        free |= given
        for name in _handed_on(vars(owner)["__init__"]) - free:
            takers = [o for o in owners[number + 1 :] if name in _named(o)]
            if takers:
                found.setdefault(name, takers[0])
        if not _hands_on(owner):
            break
    return found


def _signature(owner):
    try:
        return inspect.signature(vars(owner)["__init__"]).parameters
    except ValueError:  # a function in C
        return {}


def _named(owner):
    return set(_signature(owner))


def _hands_on(owner):
    kinds = [p.kind for p in _signature(owner).values()]
    return inspect.Parameter.VAR_KEYWORD in kinds


def _handed_on(call):
    """Names that `super().__init__(name=..., **kwargs)` gives, in a source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(call)))
    except (OSError, TypeError, SyntaxError):
        return set()
    # A name that is read as text, such as kwargs.pop("name"), may be given
    texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    found = set()
    for node in ast.walk(tree):
        is_call = isinstance(node, ast.Call)
        if is_call and getattr(node.func, "attr", None) == "__init__":
            names = {keyword.arg for keyword in node.keywords}
            if None in names:  # **kwargs
                found |= names - {None}
    return found - texts
