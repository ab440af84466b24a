"""The corpus as results name it, and the line about it at tables and plots."""

from pathlib import Path

from sb_contrastive.data.synthetic_notice import is_synthetic


def corpus_entries(corpus):
    """Makes the entries of a protocol about the corpus.

    Arguments
    ---------
    corpus : str, Path or list of them
        Name or folder of the corpus, or several.

    Returns
    -------
    dict
        `corpus`, joined by commas, and `synthetic`, whether a folder holds
        synthetic speech.

    Example
    -------
    >>> corpus_entries(["/data/vox1", "/data/vox2"])
    {'corpus': '/data/vox1, /data/vox2', 'synthetic': False}
    """
    one = isinstance(corpus, (str, Path))
    folders = [corpus] if one else list(corpus)
    return {
        "corpus": ", ".join(map(str, folders)),
        "synthetic": any(map(is_synthetic, folders)),
    }


def corpus_note(corpus, synthetic, task="speakers", debug=False):
    """Makes the line above every table and below every plot.

    Arguments
    ---------
    corpus : str
        Name of the corpus, or paths joined by commas, which are shortened to
        their last two parts.
    synthetic : bool
        Whether it is synthetic speech.
    task : str
        Subject that synthetic speech shows nothing about, e.g. "speakers".
    debug : bool
        Whether only a few batches were trained.

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
    if debug:
        note = corpus_note(corpus, synthetic, task)
        return f"DEBUG RUN, trained on a few batches. {note}"
    if synthetic:
        return (
            "SYNTHETIC SPEECH: these numbers show that the machinery learns, "
            f"nothing about real {task}."
        )
    short = ("/".join(Path(p).parts[-2:]) for p in str(corpus).split(","))
    return f"Corpus: {', '.join(short)}"
