"""Finds the command that a user asks for, and says what went wrong in one sentence."""

import argparse

from sb_contrastive.command_line import contribute, embed, evaluate, verify

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
        What follows `python -m sb_contrastive`; those of the process when
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
        description="Uses trained models of speech, and takes recipes to "
        "SpeechBrain. Experiments are run by train.py.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        summary = module.__doc__.splitlines()[0]
        module.add_arguments(
            commands.add_parser(name, help=summary, description=module.__doc__)
        )
    options = parser.parse_args(arguments)
    try:
        COMMANDS[options.command].run(options)
    except (ValueError, OSError) as error:
        # Both are raised with a sentence that says how to mend it
        parser.exit(2, f"{options.command}: {error}\n")
