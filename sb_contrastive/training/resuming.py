"""Loads the newest or the best checkpoint that has all its files."""

from speechbrain.utils.logger import get_logger

logger = get_logger(__name__)


def recover(checkpointer, wanted=None, **best):
    """Loads a checkpoint into what the checkpointer holds; does nothing where
    there is none.

    Arguments
    ---------
    checkpointer : speechbrain.utils.checkpoints.Checkpointer
        Its recoverables are changed.
    wanted : callable, optional
        Checkpoint -> whether it may be loaded; any may when absent.
    **best : str
        `max_key` or `min_key`, the figure by which a checkpoint is the best;
        the newest is loaded when absent.

    Example
    -------
    >>> from sb_contrastive.training.checkpoints import AtomicCheckpointer
    >>> recover(AtomicCheckpointer(getfixture("tmp_path"), {}))
    """

    def fit(checkpoint):
        asked = wanted is None or wanted(checkpoint)
        return asked and is_whole(checkpointer, checkpoint)

    checkpointer.recover_if_possible(**best, ckpt_predicate=fit)


def is_whole(checkpointer, checkpoint):
    """Tell whether a checkpoint has a file for everything that is to be recovered,
    with a warning where it has not: those of SpeechBrain's own checkpointer lack
    some when they are cut off while being written.

    Arguments
    ---------
    checkpointer : speechbrain.utils.checkpoints.Checkpointer
        Its recoverables are what is needed.
    checkpoint : speechbrain.utils.checkpoints.Checkpoint
        One that it lists.

    Returns
    -------
    bool
    """
    missing = checkpointer.recoverables.keys() - checkpoint.paramfiles
    if missing:
        logger.warning(
            f"Checkpoint {checkpoint.path} lacks "
            f"{', '.join(sorted(missing))} and is passed over"
        )
    return not missing
