"""The text that `--help` prints: experiments, and the values that can be changed in each."""

from sb_contrastive.experiment.help.overview import overview
from sb_contrastive.experiment.help.values import experiment_help

__all__ = ["experiment_help", "help_text", "overview"]


def help_text(arguments):
    """Write the help that a command line asks for.

    Arguments
    ---------
    arguments : list of str
        Those of `train`, with an experiment or without.

    Returns
    -------
    str

    Raises
    ------
    FileNotFoundError
        When there is no such experiment.
    """
    named = [a for a in arguments if a.endswith((".yaml", ".yml"))]
    first = arguments[:1]
    if first and not first[0].startswith("-"):
        named = first
    if not named:
        return overview()
    swaps = [
        _value(f"--{name}", arguments) for name in ("encoder", "objective")
    ]
    return experiment_help(named[0], *swaps)


def _value(option, arguments):
    """Return what follows an option on a command line, None without it."""
    for word, following in zip(arguments, [*arguments[1:], ""]):
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
        if word == option:
            return following
    return None
