"""SIGTERM and Ctrl-C: training saves a checkpoint and leaves, everything else leaves at once."""

import os
import signal
import sys
import threading
from contextlib import contextmanager

import torch
from speechbrain.utils.logger import get_logger

from sb_contrastive.distributed import sum_over_ranks, world_size
from sb_contrastive.files import DiskError

logger = get_logger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)
AGAIN = "run the same command again to continue"


class StopRequest:
    """Within it, SIGTERM and Ctrl-C stop nothing but are noted in `number`,
    for whoever trains to stop where it can save. A second one leaves at once.

    Example
    -------
    >>> with StopRequest() as stop:
    ...     os.kill(os.getpid(), signal.SIGTERM)
    ...     stop.number
    15
    """

    def __init__(self):
        self.number = 0

    def __enter__(self):
        self.number, self.before = 0, {}
        self.process = os.getpid()
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                # Ignored by a shell for a job in the background: so it stays
                if signal.getsignal(number) == signal.SIG_IGN:
                    continue
                self.before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_):
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def asked(self, device=None):
        """Tell whether any process has been asked to stop: then all do.

        Arguments
        ---------
        device : torch.device, optional
            Of this process.

        Returns
        -------
        bool
        """
        if world_size() == 1:
            return bool(self.number)
        asked = torch.tensor(float(self.number), device=device)
        return bool(sum_over_ranks(asked))

    def leave(self, what):
        """Ends this process with a sentence and how to continue; another may
        be the one that was asked."""
        leave(self.number or signal.SIGTERM, f"{what}; {AGAIN}")

    @contextmanager
    def of_readers(self):
        """Around work that other processes read audio for: a signal ends these
        in whatever step, so that there is nothing consistent to save."""
        try:
            yield
        except RuntimeError as error:
            if not self.number or "DataLoader worker" not in str(error):
                raise
            self.leave("Stopped with the last checkpoint kept")

    def _note(self, number, frame):
        if os.getpid() != self.process:  # one that was forked to read audio
            if number == signal.SIGTERM:
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
        # Ctrl-C reaches the processes of a torchrun twice: from the terminal,
        # and from torchrun
        elif self.number and world_size() == 1:
            leave(number, f"Left at once; {AGAIN} from the last checkpoint")
        else:
            self.number = number
            logger.warning(
                f"{signal.Signals(number).name}: saving a checkpoint, then "
                f"leaving; once more leaves at once"
            )


def leave(number, sentence):
    """Ends the process as a signal would, after a word.

    Arguments
    ---------
    number : int
        The signal; the exit code is 128 more.
    sentence : str
        What is logged.

    Example
    -------
    >>> leave(signal.SIGINT, "Stopped")
    Traceback (most recent call last):
    SystemExit: 130
    """
    logger.warning(sentence)
    sys.exit(128 + number)


@contextmanager
def clean_exit():
    """Around a whole experiment: SIGTERM and Ctrl-C end what is not training
    at once, and a full disk ends it too, each with a sentence and without a
    traceback.

    Example
    -------
    >>> with clean_exit():
    ...     raise KeyboardInterrupt
    Traceback (most recent call last):
    SystemExit: 130
    """
    sentence = f"Stopped; {AGAIN}"
    process = os.getpid()

    def end(number, frame):
        if os.getpid() != process:
            os._exit(128 + number)  # a forked worker, which has nothing to tell
        leave(number, sentence)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except KeyboardInterrupt:
        leave(signal.SIGINT, sentence)
    except DiskError as error:
        sys.exit(str(error))
    finally:
        signal.signal(signal.SIGTERM, before)
