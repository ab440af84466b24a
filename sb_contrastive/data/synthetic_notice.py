"""The file that marks a corpus folder as synthetic speech."""

import os

NOTICE_NAME = "SYNTHETIC.txt"


def is_synthetic(folder):
    """Tells whether a corpus folder holds a finished synthetic corpus.

    Arguments
    ---------
    folder : str or Path
        Root of a corpus.

    Returns
    -------
    synthetic : bool

    Example
    -------
    >>> is_synthetic("/no/such/folder")
    False
    """
    return os.path.isfile(os.path.join(folder, NOTICE_NAME))
