"""Draws batches to which every corpus gives the same number of utterances."""

from sb_contrastive.data.columns.access import only, values
from sb_contrastive.data.columns.rows import Rows
from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.data.sampling.class_batches import ClassBatches


def balanced_batches(rows, column, batch_size, seed=0, processes=1):
    """Makes a batch sampler that takes as many utterances of each value of a column.

    Corpora differ in what an utterance is worth: a thousand sentences of a few
    actors crowd out the one sentence of each of many readers, although only
    the latter tell many speakers apart. No label or speaker is looked at.

    Arguments
    ---------
    rows : Rows or list of dict
        Manifest rows, in the order of the dataset.
    column : str
        Column to balance by, e.g. "corpus".
    batch_size : int
        Utterances in a batch, less what does not divide by the number of
        values. Where there are too many values, a batch has some of them.
    seed : int
        Seed of the experiment.
    processes : int
        How many train together.

    Returns
    -------
    ClassBatches
        Its length is that of one pass over as many utterances as there are:
        small corpora come more than once in it, large ones not whole.

    Raises
    ------
    ValueError
        When a row lacks the column, or all have the same value there.

    Example
    -------
    >>> rows = [{"ID": f"u{i}", "wav": f"{i}.wav"} for i in range(9)]
    >>> rows = [{**r, "corpus": "large" if i < 7 else "small"} for i, r in enumerate(rows)]
    >>> [[rows[i]["corpus"] for i in b] for b in balanced_batches(rows, "corpus", 4)]
    [['large', 'large', 'small', 'small'], ['large', 'large', 'small', 'small']]
    """
    different = len(set(values(rows, column)))
    chosen = min(different, batch_size // 2)
    # Without speakers, which ClassBatches would otherwise hold apart
    known = ("ID", "wav", SOURCE, column)
    if not isinstance(rows, Rows):
        rows = [{k: row[k] for k in known if k in row} for row in rows]
    return ClassBatches(
        only(rows, known),
        items_per_class=batch_size // chosen,
        classes_per_batch=chosen,
        seed=seed,
        column=column,
        processes=processes,
    )
