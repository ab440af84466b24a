"""Refuses values of an experiment that nothing reads."""

import re
from dataclasses import fields

from speechbrain.utils.run_opts import RunOptions

from sb_contrastive.experiment.overriding.names import takers
from sb_contrastive.experiment.overriding.overridden import read_document
from sb_contrastive.experiment.overriding.overrides import parse_overrides
from sb_contrastive.suggestions import did_you_mean

# The first line of a YAML in an output folder, whose references are gone
RESOLVED = "# Every reference of this experiment is replaced by its value.\n"


def check_used(path, overrides, document, text):
    """Refuse a plain value that no part of an experiment takes or refers to:
    who gives it believes that it does something.

    Arguments
    ---------
    path : pathlib.Path
        The experiment. Its own values are read by it as it is written, since an
        override may take the place of what reads one.
    overrides : str
        What was given for this run, which has to be read by the experiment with
        all overrides in place.
    document : Document
        That experiment, as written: its references are in place.
    text : str
        Its text.

    Raises
    ------
    ValueError
        When there is one. A value with a tag may be a stage that does not run,
        or a part of one.
    """
    own = path.read_text(encoding="utf-8")
    if not own.startswith(RESOLVED):
        _check(read_document(path, own), own, path)
    given = parse_overrides(overrides)
    _check(document, text, path, given)


def _check(document, text, path, names=None):
    known = takers(document)
    read = {*known, *(field.name for field in fields(RunOptions))}
    for name, node in document.nodes.items():
        referred = re.search(rf"<{re.escape(name)}[>\[.]", text)
        if name in read or referred or node.tag.startswith("!"):
            continue
        if names is None or name in names:
            hint = did_you_mean(name, known)
            raise ValueError(
                f"{path} has a value {name}, and no part of the experiment "
                f"reads it{hint}{' N' if hint else ': n'}ame it there, or leave "
                f"it out"
            )
