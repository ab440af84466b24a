"""The help without an experiment: it lists all of them, and the run options."""

import re

from speechbrain.utils.run_opts import HELP_TEXTS, RunOptions

from sb_contrastive.experiment.help.layout import (
    about,
    entry,
    started_as,
    usage,
)
from sb_contrastive.shipped import shipped_experiments

# A summary ends where the first sentence does, or where its details begin
END = re.compile(r"[:(]|\.(?:\s|$)")
NAME = 20  # columns of the names


def overview():
    """Name the experiments that come with the package, and the run options.

    Returns
    -------
    str
    """
    lines = [usage(), "", "Experiments:"]
    lines += [
        f"  {name:<{NAME}}{summary(path)}"
        for name, path in shipped_experiments().items()
    ]
    lines += [
        "",
        f"What each lets you change: {started_as()} EXPERIMENT --help",
        "The same command again continues a run that was stopped.",
        "",
        "Run options, for every experiment:",
        entry("--quiet", "Only tables, warnings and errors."),
        entry("--verbose", "What libraries say, too, and nothing left out."),
        "",
        "Run options of SpeechBrain, for every experiment:",
    ]
    defaults = RunOptions().as_dict()
    lines += [
        entry(f"--{name} {defaults[name]}", HELP_TEXTS[name])
        for name in defaults
        if name in HELP_TEXTS
    ]
    return "\n".join(lines)


def summary(path):
    """Say in one line what an experiment is.

    Arguments
    ---------
    path : pathlib.Path
        Its YAML, whose first comment says so.

    Returns
    -------
    str

    Example
    -------
    >>> path = getfixture("tmp_path") / "a.yaml"
    >>> _ = path.write_text("# DINO on\\n# speakers (Cho et al. 2022): more.\\n")
    >>> summary(path)
    'DINO on speakers'
    """
    return END.split(" ".join(about(path)))[0].strip()
