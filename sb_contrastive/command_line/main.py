"""Runs the command that a user names, and reports a mistake in one sentence."""

import argparse
import sys

from sb_contrastive.command_line import contribute, embed, evaluate, verify
from sb_contrastive.progress import display, volume_of

COMMANDS = {
    "embed": embed,
    "verify": verify,
    "evaluate": evaluate,
    "contribute": contribute,
}


def main(arguments=None):
    """Run one command.

    Arguments
    ---------
    arguments : list of str, optional
        Words after `python -m sb_contrastive`; those of the process when
        absent.

    Raises
    ------
    SystemExit
        With status 2 and a sentence on the terminal after a user's mistake.

    Example
    -------
    >>> main(["verify", "no/model", "a.wav", "b.wav"])
    Traceback (most recent call last):
    SystemExit: 2
    """
    parser = argparse.ArgumentParser(
        prog="python -m sb_contrastive",
        description="Embeds speech and compares speakers with trained models, "
        "evaluates trial lists, and copies recipes to SpeechBrain. train.py runs "
        "experiments.",
        epilog="--quiet leaves results, warnings and errors; --verbose also shows "
        "what libraries say.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        summary = module.__doc__.splitlines()[0]
        module.add_arguments(
            commands.add_parser(name, help=summary, description=module.__doc__)
        )
    try:
        volume, words = volume_of(
            sys.argv[1:] if arguments is None else arguments
        )
        options = parser.parse_args(words)
    except ValueError as error:
        parser.error(str(error))
    try:
        with display(volume):
            COMMANDS[options.command].run(options)
    except (ValueError, OSError) as error:
        # Both carry a sentence that tells the user how to mend the mistake
        parser.exit(2, f"{options.command}: {error}\n")
