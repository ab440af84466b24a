"""The checkpoint at the end of an epoch, and those of earlier epochs that stay beside it."""

from sb_contrastive.brains.logs.label_free_choice import not_needed
from sb_contrastive.training.averaging import end_of_epoch_first


def save_epoch(checkpointer, figures, best, count=1, rows=(), measures=()):
    """Save the end of an epoch; the newest checkpoints stay, and the best.

    Arguments
    ---------
    checkpointer : AtomicCheckpointer
        Of a training run.
    figures : dict of str to float
        Saved with the checkpoint, such as its `epoch`.
    best : dict of str to str
        {"max_key" or "min_key": figure} of the best; empty where none is.
    count : int
        How many of the newest stay.
    rows : list of dict
        Figures of all epochs so far, where measures choose among them.
    measures : sequence of str
        Names of measures without labels: the epochs also stay that may turn out to
        be the best by these.

    Example
    -------
    >>> from sb_contrastive.training.checkpoints import AtomicCheckpointer
    >>> checkpointer = AtomicCheckpointer(getfixture("tmp_path"), {})
    >>> for epoch, error in enumerate((0.4, 0.1, 0.3), start=1):
    ...     figures = {"epoch": epoch, "error": error}
    ...     save_epoch(checkpointer, figures, {"min_key": "error"})
    >>> sorted(c.meta["epoch"] for c in checkpointer.list_checkpoints())
    [2, 3]
    """
    checkpointer.save_and_keep_only(
        meta=figures,
        **{f"{kind}s": [name] for kind, name in best.items()},
        num_to_keep=count,
        keep_recent=False,
        importance_keys=[end_of_epoch_first],
        ckpt_predicate=not_needed(rows, measures) if measures else None,
    )
