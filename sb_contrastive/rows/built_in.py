"""The built-in synthetic corpus, for experiments that are given no other."""

from pathlib import Path

SYNTHETIC = "built-in synthetic speech"


def built_in(layout):
    """Return the folder of the built-in synthetic corpus; write it if need be.

    Arguments
    ---------
    layout : str
        "iemocap", "voxceleb" or "adress".

    Returns
    -------
    str
    """
    # Late: a user's own corpus never needs the synthesiser
    from sb_contrastive.synthetic import built_in_corpus

    return built_in_corpus(
        layout, Path.home() / ".cache" / "sb_contrastive", seed=0
    )


def corpus_name(manifest=None, data_folder=None):
    """Name a corpus as the results state it.

    Arguments
    ---------
    manifest, data_folder : str, optional
        Values of the experiment.

    Returns
    -------
    str

    Example
    -------
    >>> corpus_name(), corpus_name("my.csv")
    ('built-in synthetic speech', 'my.csv')
    """
    return str(manifest or data_folder or SYNTHETIC)


def labelled_corpus(
    experiment, *, manifest: str | None = None, data_folder: str | None = None
):
    """Name the labelled corpus of an experiment.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    manifest, data_folder : str, optional
        See `labelled_rows`.

    Returns
    -------
    str
    """
    return corpus_name(manifest, data_folder)
