"""Sentences about an experiment's YAML that cannot be read."""

import contextlib

import ruamel.yaml
import yaml

# How the sentences of HyperPyYAML begin, which name no file
HYPERPYYAML = ("Invalid argument", "There is no such", "The reference", "!")


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
        raise ValueError(
            f"{source} includes {error.filename}, which is not there"
        ) from error
    except (TypeError, ImportError, ValueError) as error:
        # HyperPyYAML puts the class in front of what Python says
        said = ": ".join(str(part) for part in error.args)
        if not said.startswith(HYPERPYYAML):
            raise
        raise ValueError(f"{source}: {said}") from error
