"""The line that says what a table or a plot was measured on."""

from pathlib import Path


def corpus_note(corpus, synthetic, task="speakers"):
    """The line above every table and below every plot.

    Arguments
    ---------
    corpus : str
        Its name, or paths joined by commas: the last two parts of each are
        told.
    synthetic : bool
        Whether it is synthetic speech.
    task : str
        What synthetic speech tells nothing about, e.g. "speakers".

    Returns
    -------
    str

    Example
    -------
    >>> corpus_note("VoxCeleb1", synthetic=False)
    'Corpus: VoxCeleb1'
    >>> corpus_note("/data/emodb/all.csv,/data/ravdess/all.csv", False)
    'Corpus: emodb/all.csv, ravdess/all.csv'
    >>> corpus_note("built-in", synthetic=True, task="emotion")
    'SYNTHETIC SPEECH: ... nothing about real emotion.'
    """
    if synthetic:
        return (
            "SYNTHETIC SPEECH: these numbers show that the machinery learns, "
            f"nothing about real {task}."
        )
    short = ("/".join(Path(p).parts[-2:]) for p in str(corpus).split(","))
    return f"Corpus: {', '.join(short)}"
