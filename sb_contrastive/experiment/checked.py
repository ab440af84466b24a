"""Reads a YAML with its overrides, and refuses what is wrong with it before anything is built."""

import io
from typing import NamedTuple

from hyperpyyaml import resolve_references

from sb_contrastive.experiment.checks import check_arguments, check_names
from sb_contrastive.experiment.document import Document
from sb_contrastive.experiment.overriding.library_ranges import (
    check_optimisers,
)
from sb_contrastive.experiment.overriding.names import (
    names_to_the_letter,
    takers,
)
from sb_contrastive.experiment.overriding.numbers import (
    argument_references,
    check_numbers,
    check_run_options,
)
from sb_contrastive.experiment.overriding.overridden import overridden
from sb_contrastive.experiment.overriding.run_options import given_options
from sb_contrastive.experiment.overriding.unused import check_used
from sb_contrastive.experiment.unrolling import unroll
from sb_contrastive.experiment.yaml_errors import yaml_errors


class Checked(NamedTuple):
    """Holds an experiment that has been read: its `text` with the overrides, the
    same `resolved` without references and includes, and its `document`."""

    text: str
    resolved: str
    document: Document


def read_checked(path, overrides="", run_opts=None):
    """Read an experiment.

    Arguments
    ---------
    path : pathlib.Path
        The YAML.
    overrides, run_opts
        See `Experiment`.

    Returns
    -------
    Checked

    Raises
    ------
    ValueError
        When it is no YAML, an override does not fit, or an object, a stage or a
        step in it has an argument that it does not take.

    Example
    -------
    >>> path = getfixture("tmp_path") / "my.yaml"
    >>> _ = path.write_text("seed: 1\\nnumber: !ref <seed>\\n")
    >>> read_checked(path).resolved
    'seed: 1\\nnumber: 1\\n'
    """
    with yaml_errors(path):
        text = overridden(path, overrides, run_opts)
        resolved = _resolved(text, path)
        document = unroll(Document(resolved, path))
        known = takers(document)
        names_to_the_letter(document.nodes, known)
        check_names(document, path, text)
        check_arguments(document, path)
        written = Document(text)
        check_used(path, overrides, written, text)
        references = argument_references(written.nodes)
        check_numbers(document, known, references, path)
        check_optimisers(document, path)
        check_run_options(given_options(run_opts))
    return Checked(text, resolved, document)


def _resolved(text, path):
    stream = io.StringIO(text)
    stream.name = str(path)  # where included files are sought
    return resolve_references(stream).read()
