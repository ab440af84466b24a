"""Sentences about an experiment's YAML that cannot be read, or values of it that cannot be built."""

import contextlib

import ruamel.yaml
import yaml

# How the sentences of HyperPyYAML begin, which name no file
HYPERPYYAML = ("Invalid argument", "There is no such", "The reference", "!")
LIBRARIES = ("torch", "torchaudio", "speechbrain")


@contextlib.contextmanager
def yaml_errors(source):
    """Make a sentence of what HyperPyYAML says about a file.

    Arguments
    ---------
    source : str or pathlib.Path
        The experiment's YAML, for the message.

    Raises
    ------
    ValueError
        When it is no YAML, it includes a file that is not there, or an object
        in it has arguments that it does not take.

    Example
    -------
    >>> with yaml_errors("my.yaml"):
    ...     yaml.safe_load("a: [1")
    Traceback (most recent call last):
    ...
    ValueError: my.yaml:1 is no YAML: expected ',' or ']', but got '<stream end>'
    """
    try:
        yield
    except (yaml.YAMLError, ruamel.yaml.error.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or error
        raise ValueError(f"{source}{line} is no YAML: {problem}") from error
    except FileNotFoundError as error:
        if error.filename is None:  # of a hub that does not answer
            raise
        raise ValueError(
            f"{source} includes {error.filename}, which is not there"
        ) from error
    except (TypeError, ImportError, ValueError) as error:
        # HyperPyYAML puts the class in front of what Python says
        said = ": ".join(str(part) for part in error.args)
        if not said.startswith(HYPERPYYAML):
            raise
        raise ValueError(f"{source}: {said}") from error


def build_once(document, names, source):
    """Build values once, before any stage has run, and drop them.

    Arguments
    ---------
    document : Document
        The experiment.
    names : list of str
        Of the first level.
    source : str or pathlib.Path
        The experiment's file, for the message.

    Raises
    ------
    ValueError
        When SpeechBrain or PyTorch cannot build a value; what our own classes
        refuse, they say themselves.

    Example
    -------
    >>> from sb_contrastive.experiment.document import Document
    >>> text = "layer: !name:sorted {key: !new:torch.nn.Linear [3, -1]}"
    >>> build_once(Document(text), ["layer"], "my.yaml")
    Traceback (most recent call last):
    ...
    ValueError: my.yaml: layer cannot be built: ...
    """
    try:
        document.build(names)
    except Exception as error:
        if not _of_a_library(error):
            raise
        raise ValueError(
            f"{source}: {_culprit(document, names)} cannot be built: "
            f"{type(error).__name__}: {error}"
        ) from error


def _culprit(document, names):
    """Name the value that fails alone."""
    for name in reversed(names):  # a stage is made of others
        try:
            document.build([name])
        except Exception:
            return name
    return names[0]


def _of_a_library(error):
    """Tell whether the code of a library has raised an error."""
    last = error.__traceback__
    while last.tb_next:
        last = last.tb_next
    module = last.tb_frame.f_globals.get("__name__", "")
    return module.partition(".")[0] in LIBRARIES
