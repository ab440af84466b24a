"""Refuses values of an experiment that nothing reads."""

import re

from sb_contrastive.suggestions import did_you_mean


def check_used(nodes, known, text, source):
    """Refuse a plain value that no part of an experiment takes or refers to:
    who gives it believes that it does something.

    Arguments
    ---------
    nodes : dict of str to yaml.Node
        The first level of the experiment, before references were replaced.
    known : dict of str to Parameter
        The values that are taken, see `takers`.
    text : str
        The experiment as written, with its references.
    source : pathlib.Path
        Its file.

    Raises
    ------
    ValueError
        When there is one. A value with a tag may be a stage that does not run,
        or a part of one.

    Example
    -------
    >>> import yaml
    >>> nodes = {"leaststeps": yaml.compose("3")}
    >>> check_used(nodes, {"least_steps": None}, "leaststeps: 3", "my.yaml")
    Traceback (most recent call last):
    ...
    ValueError: my.yaml has a value leaststeps, and no part of the experiment reads it; did you mean 'least_steps'? Name it there, or leave it out
    """
    for name, node in nodes.items():
        referred = re.search(rf"<{re.escape(name)}[>\[.]", text)
        if name in known or referred or node.tag.startswith("!"):
            continue
        hint = did_you_mean(name, known)
        raise ValueError(
            f"{source} has a value {name}, and no part of the experiment reads "
            f"it{hint}{' N' if hint else ': n'}ame it there, or leave it out"
        )
