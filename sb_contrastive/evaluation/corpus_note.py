"""The corpus as results name it, and the line about it at tables and plots."""

from pathlib import Path

from sb_contrastive.data.channel_notice import NOTE as CHANNEL_NOTE
from sb_contrastive.data.oracle_notice import NOTE as ORACLE_NOTE
from sb_contrastive.data.synthetic_notice import is_synthetic

DEBUG_NOTE = "DEBUG RUN, trained on a few batches."
LISTS = (".csv", ".txt", ".lst")
# Names of lists that do not name a corpus
GENERIC = (
    "all data index labelled labels list manifest metadata test train trials "
    "unlabelled utterances"
).split()


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


def corpus_note(
    corpus,
    synthetic,
    task="speakers",
    debug=False,
    oracle=False,
    simulated_channels=False,
):
    """Makes the line above every table and below every plot.

    Arguments
    ---------
    corpus : str
        Name of the corpus, or paths joined by commas, see `corpus_title`.
    synthetic : bool
        Whether it is synthetic speech.
    task : str
        Subject that synthetic speech shows nothing about, e.g. "speakers".
    debug : bool
        Whether only a few batches were trained.
    oracle : bool
        Whether true speakers had a part in a training that is without labels
        otherwise.
    simulated_channels : bool
        Whether recordings went through simulated channels.

    Returns
    -------
    str

    Example
    -------
    >>> corpus_note("VoxCeleb1", synthetic=False)
    'Corpus: VoxCeleb1'
    >>> corpus_note("/data/emodb/all.csv,/data/ravdess/all.csv", False)
    'Corpus: emodb, ravdess'
    >>> corpus_note("VoxCeleb1", synthetic=False, oracle=True)
    'ORACLE RUN: ... nothing here was learnt without labels. Corpus: VoxCeleb1'
    >>> corpus_note("built-in", synthetic=True, task="emotion")
    'SYNTHETIC SPEECH: ... nothing about real emotion.'
    """
    if debug or oracle or simulated_channels:
        note = corpus_note(corpus, synthetic, task)
        first = [DEBUG_NOTE] * debug + [ORACLE_NOTE] * oracle
        first += [CHANNEL_NOTE] * simulated_channels
        return " ".join([*first, note])
    if synthetic:
        return (
            "SYNTHETIC SPEECH: these numbers show that the machinery learns, "
            f"nothing about real {task}."
        )
    return f"Corpus: {corpus_title(corpus)}"


def protocol_note(protocol, task="speakers"):
    """Makes the line above every table and below every plot of a protocol.

    Arguments
    ---------
    protocol : dict
        `corpus` and `synthetic`; and, where they are true, `debug`, `oracle` and
        `simulated_channels`.
    task : str
        See `corpus_note`.

    Returns
    -------
    str

    Example
    -------
    >>> protocol_note({"corpus": "VoxCeleb1", "synthetic": False, "debug": True})
    'DEBUG RUN, trained on a few batches. Corpus: VoxCeleb1'
    """
    marks = ("debug", "oracle", "simulated_channels")
    return corpus_note(
        protocol["corpus"],
        protocol["synthetic"],
        task,
        **{mark: protocol.get(mark, False) for mark in marks},
    )


def corpus_title(corpus):
    """Names a corpus, or several, by its folder or list, for titles.

    Arguments
    ---------
    corpus : str
        Name of the corpus, or paths joined by commas.

    Returns
    -------
    str

    Example
    -------
    >>> corpus_title("/data/emodb/all.csv, ravdess.csv"), corpus_title("VoxCeleb1")
    ('emodb, ravdess', 'VoxCeleb1')
    """
    names = (_name(Path(part.strip())) for part in str(corpus).split(","))
    return ", ".join(dict.fromkeys(names))


def _name(path):
    """Name a list by its stem, or, where that says nothing, by its folder."""
    if path.suffix not in LISTS:
        return path.name or str(path)
    if path.stem.lower() in GENERIC and path.absolute().parent.name:
        return path.absolute().parent.name
    return path.stem
