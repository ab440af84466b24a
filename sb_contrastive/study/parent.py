"""Child processes that end when their parent does, however it ends."""

import ctypes
import os
import signal
import sys

SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with(parent):
    """Ask the kernel to end this process when its parent ends; to be called in
    the child. Only Linux can do so.

    Arguments
    ---------
    parent : int
        Process ID of the parent, which may have ended by now.
    """
    if LIBC is not None:
        # What is killed continues from its last checkpoint
        LIBC.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
