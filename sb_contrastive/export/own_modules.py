"""Finds the user's own Python files that an exported model needs."""

import importlib.metadata
import importlib.util
import sys
from pathlib import Path


def own_modules(names):
    """Find the files of modules that do not belong to an installed package.

    Arguments
    ---------
    names : list of str
        Top-level names of modules, from `packages`.

    Returns
    -------
    list of pathlib.Path
        Single files only; a folder of modules has to be installed by its author.

    Example
    -------
    >>> own_modules(["torch", "json"])
    []
    """
    files = {}
    for name in names:
        if name in sys.stdlib_module_names:
            continue
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is None:
            files[name] = Path(spec.origin)
    if not files:  # mostly; the metadata of all packages take long to read
        return []
    installed = importlib.metadata.packages_distributions()
    return [path for name, path in files.items() if name not in installed]
