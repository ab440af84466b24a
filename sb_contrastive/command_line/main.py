"""Runs the command that a user names, and reports a mistake in one sentence."""

import argparse
import importlib
import sys

import sb_contrastive
from sb_contrastive.process.closed_output import ends_quietly
from sb_contrastive.process.invocation import CONSOLE, program

# Each is a file of its name here, imported when it is asked for
COMMANDS = {
    "train": "run an experiment, by its name or the path of its YAML",
    "embed": "embed audio files, one vector per utterance",
    "classify": "name the class of audio files, with posteriors",
    "verify": "tell whether two files are of one speaker",
    "evaluate": "score trial lists: EER and minDCF",
    "calibrate": "find the threshold of a model, with labels or without",
    "speakers": "group audio files by speaker",
    "export": "write a model as ONNX, or the model folder of a run",
    "pack": "pack audio into shards, for disks that are slow with many files",
    "report": "write the page of a run, or one that compares several",
    "contribute": "copy recipes into a checkout of SpeechBrain",
}


def main(arguments=None):
    """Run one command.

    Arguments
    ---------
    arguments : list of str, optional
        Words after `sb-contrastive`; those of the process when absent.

    Raises
    ------
    SystemExit
        With status 2 and a sentence on the terminal after a user's mistake, with
        1 where nobody reads what is printed (`| head`).

    Example
    -------
    >>> main(["verify", "no/model", "a.wav", "b.wav"])
    Traceback (most recent call last):
    SystemExit: 2
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words[:1] == ["train"]:
        # Its options are those of the experiment, which has its own help
        return _module("train").train(words[1:])
    with ends_quietly():
        _run(words)


def _run(words):
    """Run a command that is not `train`."""
    # Imported as late as the commands, for a quick --help
    from sb_contrastive.progress import display, volume_of
    from sb_contrastive.training.allocator import retain_freed_memory

    try:
        volume, words = volume_of(words)
    except ValueError as error:
        _parser(words).error(str(error))
    options = _parser(words).parse_args(words)
    retain_freed_memory()
    try:
        with display(volume):
            _module(options.command).run(options)
    except BrokenPipeError:  # an OSError, but no mistake
        raise
    except (ValueError, OSError, ModuleNotFoundError) as error:
        # Each carries a sentence that tells the user how to mend the mistake
        print(f"{options.command}: {error}", file=sys.stderr)
        sys.exit(2)


def _parser(words):
    """Make the parser; only the command that is asked for has its options."""
    parser = argparse.ArgumentParser(
        prog=_program(),
        description="Trains speech embeddings without labels, and uses trained "
        "models. COMMAND --help explains a command.",
        epilog="--quiet leaves results, warnings and errors; --verbose also shows "
        "what libraries say.",
    )
    parser.add_argument(
        "--version", action="version", version=sb_contrastive.__version__
    )
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND"
    )
    for name, summary in COMMANDS.items():
        asked = name in words[:1]
        text = _module(name).__doc__ if asked else summary
        command = commands.add_parser(name, help=summary, description=text)
        if asked:
            _module(name).add_arguments(command)
    return parser


def _module(name):
    return importlib.import_module(f"sb_contrastive.command_line.{name}")


def _program():
    """Return the words that a user has started this with."""
    words = program()
    return CONSOLE if words == [CONSOLE] else "python -m sb_contrastive"
