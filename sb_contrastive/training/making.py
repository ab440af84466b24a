"""Makes a Brain of what a YAML gives and what the stage or step that trains it gives."""

import re

# What Python says of arguments that do not fit a signature
MISFIT = re.compile(
    r"unexpected keyword argument|multiple values for|"
    r"missing \d+ required|positional arguments? but"
)


def make_brain(make, value, **given):
    """Make a Brain.

    Arguments
    ---------
    make : callable
        The value of the YAML: a class with some of its arguments.
    value : str
        The name of this value, for messages.
    **given
        The arguments that a stage or step gives.

    Returns
    -------
    speechbrain.Brain

    Raises
    ------
    ValueError
        When the YAML gives one of these arguments too, or the arguments do not
        fit the class, or it lacks a module.

    Example
    -------
    >>> from functools import partial
    >>> make_brain(partial(dict, classes=3), "my_brain", classes=["a"])
    Traceback (most recent call last):
    ...
    ValueError: my_brain gives classes to dict, and so does the experiment: leave it out there
    """
    own = getattr(make, "keywords", {})
    name = getattr(getattr(make, "func", make), "__name__", "its class")
    twice = [key for key in own if key in given]
    if twice:
        raise ValueError(
            f"{value} gives {', '.join(twice)} to {name}, and so does the "
            f"experiment: leave {'it' if len(twice) == 1 else 'them'} out there"
        )
    try:
        return make(**given)
    except TypeError as error:
        if not MISFIT.search(str(error)):
            raise
        raise ValueError(
            f"{value} cannot be made by {name}: {error}"
        ) from error
    except KeyError as error:
        modules = {**own, **given}.get("modules") or {}
        if not error.args or error.args[0] in modules:
            raise
        raise ValueError(
            f"{value}: {name} needs {error} among its modules, which has "
            f"{', '.join(modules) or 'none'}"
        ) from error
