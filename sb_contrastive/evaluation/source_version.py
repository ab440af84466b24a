"""The version of this package with the commit that it runs from, where that is known."""

import functools
import subprocess
from pathlib import Path

import sb_contrastive

PACKAGE = Path(sb_contrastive.__file__).resolve().parent


@functools.cache
def source_version():
    """Reads the version of sb_contrastive, with the commit of its source where
    it runs from a git checkout, as `pip install -e .` leaves it.

    Returns
    -------
    str
        Such as "0.1.0" for an installed package, "0.1.0+g2e96523a1b2c" for a
        checkout, and "0.1.0+g2e96523a1b2c.dirty" for one with tracked files
        that have changed since (a local version, PEP 440).

    Example
    -------
    >>> source_version().startswith(sb_contrastive.__version__)
    True
    """
    # Of a package within another project's checkout, git would tell its commit
    top = _git("rev-parse", "--show-toplevel")
    if not top or Path(top).resolve() != PACKAGE.parent:
        return sb_contrastive.__version__
    commit = _git("rev-parse", "--short=12", "HEAD")
    if not commit:  # a repository without commits
        return sb_contrastive.__version__
    changed = _git("status", "--porcelain", "--untracked-files=no")
    state = ".dirty" if changed else ""
    return f"{sb_contrastive.__version__}+g{commit}{state}"


def _git(*arguments):
    """Return what git prints of the folder of the package, "" where it fails
    or is not there."""
    try:
        run = subprocess.run(
            ["git", "-C", str(PACKAGE.parent), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""
