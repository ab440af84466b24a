"""Python files that lie beside an experiment or an encoder, for its YAML to name."""

import sys
from pathlib import Path

FOLDERS = {}  # where such files may lie, as keys


def make_importable(folder):
    """Let a YAML name the classes of Python files that lie beside it.

    Arguments
    ---------
    folder : pathlib.Path
        Is put last, so that no file there hides a module of the same name.
    """
    FOLDERS[Path(folder).resolve()] = None
    folder = str(folder.resolve())
    if folder not in sys.path:
        sys.path.append(folder)
