"""Log records become lines of the display; what libraries repeat without need is left out."""

import contextlib
import logging
import os
import re

OWN = ("sb_contrastive", "recipes")
# SpeechBrain says these whatever one does, and nobody can act on them
NOISE = re.compile(
    r"torchvision is not available| is frozen\.?$|^The `\w+` arguments? is "
    r"deprecated|feature extractor is frozen"
)
DULL = ("DeprecationWarning", "FutureWarning")
LEVELS = {logging.WARNING: "Warning: ", logging.ERROR: "Error: "}


class Lines(logging.Handler):
    """Hands records to a function, one line for each that is worth it.

    Arguments
    ---------
    say : callable
        Takes the text.
    volume : str
        "quiet": warnings; "normal": also what this package tells; "verbose":
        also what libraries tell, and what is repeated.
    """

    def __init__(self, say, volume):
        super().__init__()
        self.say, self.volume, self.seen = say, volume, set()

    def emit(self, record):
        """Say a record, unless it is noise or was said before."""
        try:
            text = record.getMessage()
            if self.volume == "verbose":
                text = f"{record.name}: {text}"
            elif self._is_dull(record, text):
                return
            if record.name == "py.warnings":
                text = text.split("\n")[0].split(": ", 1)[-1]
            self.say(LEVELS.get(record.levelno, "") + text)
        except BrokenPipeError:  # nobody reads: the program decides
            raise
        except Exception:
            self.handleError(record)

    def _is_dull(self, record, text):
        own = record.name.split(".")[0] in OWN
        least = logging.INFO if own else logging.WARNING
        if record.levelno < (
            logging.WARNING if self.volume == "quiet" else least
        ):
            return True
        if not own and (NOISE.search(text) or any(d in text for d in DULL)):
            return True
        before = text in self.seen
        self.seen.add(text)
        return before


@contextlib.contextmanager
def log_lines(say, volume):
    """Within it, log records and Python's warnings become lines.

    Arguments
    ---------
    say, volume
        See `Lines`.
    """
    # Read when transformers is imported, which comes later
    if volume != "verbose":
        os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    root, handler = logging.getLogger(), Lines(say, volume)
    root.addHandler(handler)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.removeHandler(handler)
