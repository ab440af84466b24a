"""The epoch of the best average rank over measures without labels: what is kept for it, and how it is found."""

from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation.embeddings.label_free.ranking import (
    best_first,
    undominated,
)
from sb_contrastive.training.resuming import is_whole, recover

logger = get_logger(__name__)


def not_needed(rows, measures):
    """Tell which checkpoints may go, since their epochs cannot become the best.

    Arguments
    ---------
    rows : list of dict
        Figures of the epochs so far.
    measures : sequence of str
        Names of the measures that choose.

    Returns
    -------
    callable
        Checkpoint -> bool, for `Checkpointer.delete_checkpoints`.
    """
    needed = {row["epoch"] for row in undominated(rows, measures)}
    return lambda checkpoint: checkpoint.meta.get("epoch") not in needed


def load_best_epoch(checkpointer, log, measures):
    """Load the checkpoint of the best epoch that is kept.

    Arguments
    ---------
    checkpointer : AtomicCheckpointer
        Of a Brain whose training has ended.
    log : EpochLog
        Its log, among what the checkpointer recovers; afterwards it has the
        rows of all epochs again.
    measures : sequence of str
        Names of the measures that choose.

    Returns
    -------
    int or None
        The epoch; None where none has been measured, and the last one stays.
    """
    rows = log.rows
    kept = {
        c.meta.get("epoch")
        for c in checkpointer.list_checkpoints()
        if c.meta["end-of-epoch"] and is_whole(checkpointer, c)
    }
    ordered = [row["epoch"] for row in best_first(rows, measures)]
    best = [epoch for epoch in ordered if epoch in kept]
    if not best:
        logger.warning(
            "no epoch was measured without labels, for want of held-out "
            "utterances, so the last one is kept"
        )
        return None
    recover(checkpointer, lambda c: c.meta.get("epoch") == best[0])
    log.rows = rows
    logger.info(
        f"Of {len(rows)} epochs, number {best[0]} is kept: it has the best "
        f"average rank over {', '.join(measures)}"
    )
    return best[0]
