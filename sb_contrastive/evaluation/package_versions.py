"""Versions of the packages that a result depends on."""

import importlib.metadata
import platform

from sb_contrastive.evaluation.source_version import source_version

PACKAGES = ("torch", "torchaudio", "speechbrain", "numpy")


def versions():
    """Reads the versions of Python and of the packages that a result depends
    on. They come from the packages' metadata, so that nothing heavy is
    imported; that of sb_contrastive itself has the commit of a checkout.

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
        "sb_contrastive": source_version(),
    }
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found
