"""The part of a cross-validation that one system trains and tests on at a time."""

from pathlib import Path
from typing import NamedTuple


class Part(NamedTuple):
    """One test fold at one share of the labels.

    `folder` holds the files of the system, `classes` is in the order of the
    classifier's outputs, and `train`, `valid` and `test` are manifest rows.
    """

    folder: Path
    fold: str
    classes: list
    train: list
    valid: list
    test: list
