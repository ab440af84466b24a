"""Python files that lie beside an experiment or an encoder, for its YAML to name."""

import sys


def make_importable(folder):
    """Let a YAML name the classes of Python files that lie beside it.

    Arguments
    ---------
    folder : pathlib.Path
        Is put last, so that no file there hides a module of the same name.
    """
    folder = str(folder.resolve())
    if folder not in sys.path:
        sys.path.append(folder)
