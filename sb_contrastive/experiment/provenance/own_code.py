"""The user's own Python files that a value of an experiment is made by."""

import inspect
import sys
import types
from pathlib import Path

from sb_contrastive.experiment.beside import FOLDERS
from sb_contrastive.experiment.document import children
from sb_contrastive.experiment.signatures import located


def own_code(node):
    """List the Python files beside an experiment or an encoder that a value
    names, and those beside them that they import.

    Arguments
    ---------
    node : yaml.Node
        A value of an experiment.

    Returns
    -------
    list of pathlib.Path
    """
    found, seen = {}, set()

    def visit_module(module):
        file = getattr(module, "__file__", None)
        if file is None or module in seen:
            return
        seen.add(module)
        path = Path(file).resolve()
        if not any(path.is_relative_to(folder) for folder in FOLDERS):
            return
        if "site-packages" in path.parts:
            return
        found[path] = None
        for value in list(vars(module).values()):
            if isinstance(value, types.ModuleType):
                visit_module(value)
            elif inspect.isclass(value) or inspect.isroutine(value):
                name = getattr(value, "__module__", None)
                visit_module(sys.modules.get(name))

    def visit(node):
        target = located(node)
        if target is not None:
            visit_module(sys.modules.get(getattr(target, "__module__", None)))
        for child in children(node):
            visit(child)

    visit(node)
    return list(found)
