"""Versions of the packages that a result depends on."""

import importlib.metadata
import platform

import sb_contrastive

PACKAGES = ("torch", "torchaudio", "speechbrain", "numpy")


def versions():
    """Reads the versions of Python and of the packages that a result depends
    on. They come from the packages' metadata, so that nothing heavy is
    imported.

    Returns
    -------
    versions : dict
        {package: version, or None where it is not installed}.

    Example
    -------
    >>> versions()["python"] == platform.python_version()
    True
    """
    found = {
        "python": platform.python_version(),
        "sb_contrastive": sb_contrastive.__version__,
    }
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found
