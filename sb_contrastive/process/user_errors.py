"""Ends a program with one sentence, not a traceback, where the user has made the error."""

import contextlib
import dis
import sys

OWN_MODULES = ("sb_contrastive", "speechbrain.core", "hyperpyyaml.core")
RAISE = dis.opmap["RAISE_VARARGS"]


def is_user_error(error):
    """Tell whether an error says in words what the user has to mend.

    The errors that this project raises do, and those of files that cannot be
    read or written. Errors of the same types come from inside other libraries
    and say nothing that helps a user: these are faults of a program, and need
    their traceback.

    Arguments
    ---------
    error : BaseException
        The error that was caught.

    Returns
    -------
    bool

    Example
    -------
    >>> from sb_contrastive.data.manifests.manifest import read_manifest
    >>> for read in (read_manifest, int):
    ...     try:
    ...         read("no such thing")
    ...     except (OSError, ValueError) as error:
    ...         print(is_user_error(error))
    True
    False
    """
    if isinstance(error, OSError) and error.filename:
        return True  # it names the file
    kinds = (ValueError, OSError, RuntimeError, ModuleNotFoundError)
    if not isinstance(error, kinds):
        return False
    last = error.__traceback__
    while last.tb_next:
        last = last.tb_next
    module = last.tb_frame.f_globals.get("__name__", "")
    ours = any(f"{module}.".startswith(f"{name}.") for name in OWN_MODULES)
    # If C code of another library fails in a line of ours, that line has no raise
    code = last.tb_frame.f_code.co_code
    return ours and code[last.tb_lasti] == RAISE


@contextlib.contextmanager
def one_sentence_errors():
    """Print the sentence of a user's error and ends the program with status 2;
    any other error passes with its traceback.

    Raises
    ------
    SystemExit
        After a user's error.

    Example
    -------
    >>> from sb_contrastive.data.manifests.manifest import read_manifest
    >>> with one_sentence_errors():
    ...     read_manifest("no such thing")
    Traceback (most recent call last):
    SystemExit: 2
    """
    try:
        yield
    except Exception as error:
        if not is_user_error(error):
            raise
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(2)
