"""Finds what the names in a YAML stand for: classes and functions, stages among them."""

import functools
import inspect
import pydoc
import sys
import traceback

# Tags of a YAML that name a class or function
TAGS = ("!name", "!new", "!apply")


def located(node):
    """Find the class or function that a node of a YAML names.

    Arguments
    ---------
    node : yaml.Node
        Such as `!name:sb_contrastive.stages.pretrain`.

    Returns
    -------
    callable or None
        None where the node names none, or one that does not exist.

    Raises
    ------
    ValueError
        When Python fails to import the file that should have it.

    Example
    -------
    >>> import yaml
    >>> located(yaml.compose("!name:sorted {reverse: True}"))
    <built-in function sorted>
    """
    kind, _, name = node.tag.partition(":")
    if kind in TAGS:
        module, _, attribute = name.rpartition(".")
        found = getattr(sys.modules.get(module), attribute, None)
        # Imported already; locate() looks on the disk for a module of its name
        if callable(found) and name not in sys.modules:
            return found
        try:
            found = pydoc.locate(name)
        except pydoc.ErrorDuringImport as error:
            raise ValueError(_fails(name, error)) from error
        return found if callable(found) else None
    return None


def _fails(name, error):
    """Say where the import of a user's module has failed."""
    reason, path, line = error.value, error.filename, None
    if isinstance(reason, SyntaxError):
        path, line = reason.filename or path, reason.lineno
    elif error.tb is not None:
        last = traceback.extract_tb(error.tb)[-1]
        path, line = last.filename, last.lineno
    place = f"{path}, line {line}" if line else path
    return (
        f"{name} cannot be imported: {place} fails with {error.exc.__name__}: "
        f"{getattr(reason, 'msg', reason)}"
    )


def takes_experiment(target):
    """Tell whether a callable is called with an experiment: then arguments after
    the `*` of its signature are values of the experiment.

    Arguments
    ---------
    target : object
        A class, a function or anything else.

    Returns
    -------
    bool

    Example
    -------
    >>> def count(experiment, name, column="label", *, manifest=None):
    ...     pass
    >>> takes_experiment(count), takes_experiment(sorted)
    (True, False)
    """
    return _argument_names(target)[:1] == ["experiment"]


def _argument_names(target):
    """List the arguments of a class or function, none of anything else."""
    if inspect.isroutine(target) or inspect.isclass(target):
        return _read_names(target)
    return []


@functools.lru_cache(maxsize=1024)  # asked hundreds of times in an experiment
def _read_names(target):
    try:
        return list(inspect.signature(target).parameters)
    except ValueError:  # a function in C
        return []


def is_stage(target):
    """Tell whether a callable can be a stage: it is called with the experiment
    and with the name that the stage has there.

    Arguments
    ---------
    target : object
        A class, a function or anything else.

    Returns
    -------
    bool

    Example
    -------
    >>> def count(experiment, name, column="label", *, manifest=None):
    ...     pass
    >>> is_stage(count)
    True
    """
    return _argument_names(target)[:2] == ["experiment", "name"]


def checked_by(check):
    """Name the function that finds mistakes of a stage before any stage has run.

    Arguments
    ---------
    check : callable
        It takes the experiment, the name of the stage and, by name, whichever
        arguments of the stage it needs.

    Returns
    -------
    callable
        A decorator.

    Example
    -------
    >>> def check_count(experiment, name, column):
    ...     print(f"{name} counts {column}")
    >>> @checked_by(check_count)
    ... def count(experiment, name, column="label"):
    ...     pass
    >>> count.check(None, "count", "label")
    count counts label
    """

    def mark(stage):
        stage.check = check
        return stage

    return mark
