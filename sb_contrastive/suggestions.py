"""Refuses unknown names, and suggests the nearest known one."""

import difflib
import inspect
import pkgutil
import pydoc
import sys
from pathlib import Path


def did_you_mean(name, known):
    """Return the end of an error message that suggests the nearest known name,
    whether in upper or in lower case.

    Arguments
    ---------
    name : str
        The unknown name.
    known : iterable of str
        The known names.

    Returns
    -------
    str
        "; did you mean 'x'?", or "" where no name is near.

    Example
    -------
    >>> did_you_mean("lable", ["wav", "label"])
    "; did you mean 'label'?"
    >>> did_you_mean("wa", ["WA", "UA"])
    "; did you mean 'WA'?"
    """
    spelling = {str(k).lower(): str(k) for k in known}
    close = difflib.get_close_matches(str(name).lower(), spelling, n=1)
    return f"; did you mean {spelling[close[0]]!r}?" if close else ""


def check_choice(option, value, known):
    """Refuse a value that is none of the known ones.

    Arguments
    ---------
    option : str
        The name of the option, for the message.
    value : str
        The value that was given.
    known : iterable of str
        The values that there are.

    Raises
    ------
    ValueError
        When the value is none of them.

    Example
    -------
    >>> check_choice("labels", "sofd", ["hard", "soft"])
    Traceback (most recent call last):
    ValueError: labels is one of hard, soft, got 'sofd'; did you mean 'soft'?
    """
    if value not in known:
        raise ValueError(
            f"{option} is one of {', '.join(known)}, got {value!r}"
            f"{did_you_mean(value, known)}"
        )


def not_found(name):
    """Say why a dotted name of Python names nothing: where it was looked for,
    and what is near.

    Arguments
    ---------
    name : str
        Such as `sb_contrastive.losses.NTXent`.

    Returns
    -------
    str
        A part of a sentence.

    Example
    -------
    >>> not_found("sb_contrastive.brains.SimCRLBrain")
    "the module sb_contrastive.brains (...__init__.py) has no 'SimCRLBrain'; did you mean 'SimCLRBrain'?"
    >>> not_found("my_looses.NTXent")
    'there is no module my_looses among the installed packages, nor a file my_looses.py in ...'
    """
    first, *rest = name.split(".")
    found, place = pydoc.locate(first), first
    if found is None:
        known = {module.name for module in pkgutil.iter_modules()}
        return (
            f"there is no module {first} among the installed packages, nor a "
            f"file {first}.py in {' or '.join(_own_folders())}"
            f"{did_you_mean(first, known)}"
        )
    for part in rest:
        inner = pydoc.locate(f"{place}.{part}")
        if inner is None:
            break
        found, place = inner, f"{place}.{part}"
    else:
        kind = type(found).__name__
        return f"{place} is of the kind {kind}, no class or function"
    known = [n for n in dir(found) if not n.startswith("_")]
    known += [m.name for m in pkgutil.iter_modules(_paths(found))]
    kind = "module" if inspect.ismodule(found) else "class"
    file = getattr(found, "__file__", None)
    near = did_you_mean(part, known)
    elsewhere = sorted(_elsewhere(first, rest[-1]), key=len)
    if elsewhere and not near:
        near = f"; did you mean {elsewhere[0]}?"
    return f"the {kind} {place}{f' ({file})' if file else ''} has no {part!r}{near}"


def _paths(module):
    """The folders of a package; none of a module or a class."""
    return list(getattr(module, "__path__", ()))


def _elsewhere(package, name):
    """Dotted names by which loaded modules of a package have this name."""
    return [
        f"{key}.{name}"
        for key, module in list(sys.modules.items())
        if key.split(".")[0] == package and name in vars(module or object)
    ]


def _own_folders():
    """List the folders where a user's own modules are sought: no part of Python."""
    python = (sys.prefix, sys.base_prefix, sys.exec_prefix)
    folders = [str(Path(folder).resolve()) for folder in sys.path]
    return [
        folder
        for folder in dict.fromkeys(folders)
        if Path(folder).is_dir()
        and not {"site-packages", "dist-packages"} & set(Path(folder).parts)
        and not any(
            Path(folder).is_relative_to(Path(p) / "lib") for p in python
        )
    ] or ["the current folder"]
