"""Keeps what an experiment has warned of, for the page of the run."""

import contextlib
import logging

from speechbrain.utils.distributed import if_main_process

FILE = "warnings.log"


@contextlib.contextmanager
def kept_warnings(folder):
    """Within it, the package's own warnings are added to `warnings.log`, each
    sentence once.

    Arguments
    ---------
    folder : pathlib.Path
        Output folder of the experiment.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> with kept_warnings(folder):
    ...     logging.getLogger("sb_contrastive.x").warning("few speakers")
    >>> (folder / FILE).read_text()
    'few speakers\\n'
    """
    if not if_main_process():
        yield
        return
    keeper = _Keeper(folder / FILE)
    logger = logging.getLogger("sb_contrastive")
    logger.addHandler(keeper)
    try:
        yield
    finally:
        logger.removeHandler(keeper)


class _Keeper(logging.Handler):
    """Appends sentences that the file does not hold yet."""

    def __init__(self, path):
        super().__init__(logging.WARNING)
        self.path = path
        self.seen = set()
        if path.is_file():
            self.seen.update(path.read_text(encoding="utf-8").splitlines())

    def emit(self, record):
        """Keep a warning as one line."""
        text = " ".join(record.getMessage().split())
        if text in self.seen:
            return
        self.seen.add(text)
        try:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(f"{text}\n")
        except OSError:  # a full disk is told by what fails for it
            self.handleError(record)
