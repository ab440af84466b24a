"""Refuses a training part that fills no batch, or whose rows lack the classes that a Brain shall learn."""

from sb_contrastive.data.manifests.columns import column_title
from sb_contrastive.data.manifests.source import source_of
from sb_contrastive.suggestions import did_you_mean


def check_batch_size(rows, batch_size, most):
    """Refuse a batch that the training part cannot fill, or that compares nothing.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.
    batch_size : int
        Utterances in a batch.
    most : int
        Utterances in the largest batch that can be filled.

    Example
    -------
    >>> check_batch_size([{}] * 10, 32, most=10)
    Traceback (most recent call last):
    ...
    ValueError: 10 utterances to train on cannot fill a batch of 32: set --pretrain_batch_size 10 or lower, or give more unlabelled audio
    """
    if batch_size < 2:
        raise ValueError(
            f"--pretrain_batch_size is {batch_size}: an utterance is compared "
            f"with the others of its batch, so give 2 or more"
        )
    if batch_size <= most:
        return
    what = f"{len(rows)} utterances to train on cannot fill "
    what += f"a batch of {batch_size}"
    if len(rows) >= batch_size:
        what += " in each process and part of a step"
    if most < 2:
        raise ValueError(
            f"{what}, nor one of 2, the smallest that compares something: give "
            f"more unlabelled audio"
        )
    raise ValueError(
        f"{what}: set --pretrain_batch_size {most} or lower, or give more "
        f"unlabelled audio"
    )


def number_classes(rows, column):
    """Number the classes of the training part: speakers that are held out have
    no number.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.
    column : str
        Column of the manifest.

    Returns
    -------
    dict of str to int

    Example
    -------
    >>> number_classes([{"spk_id": "b"}, {"spk_id": "a"}], "spk_id")
    {'a': 0, 'b': 1}
    """
    for row in rows:
        if not row.get(column):
            known = [name for name, value in row.items() if value]
            raise ValueError(
                f"{source_of(row)} has no {column_title(column)}, which the "
                f"stage's `targets` asks for{did_you_mean(column, known)}"
            )
    names = sorted({row[column] for row in rows})
    if len(names) < 2:
        raise ValueError(
            f"all of the training part has one {column_title(column)}, "
            f"{names[0]!r}: a "
            f"supervised Brain needs two to tell apart"
        )
    return {name: index for index, name in enumerate(names)}
