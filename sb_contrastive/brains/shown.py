"""Tells the display that a program may have how far a Brain's training is."""

from contextlib import nullcontext

from sb_contrastive.progress import current


def without_bars(options):
    """Leave SpeechBrain's bars out where a display shows how far things are.

    Arguments
    ---------
    options : dict
        Keyword arguments of `Brain.fit` or `Brain.evaluate`.

    Returns
    -------
    dict

    Example
    -------
    >>> without_bars({"progressbar": True})  # without a display
    {'progressbar': True}
    """
    return {**options, "progressbar": False} if current().running else options


def as_work():
    """Return a context in which training is the work that a display shows,
    unless it shows the work of a stage already."""
    shown = current()
    if shown.running and shown.plan.work is None:
        return shown.work("training")
    return nullcontext()


def show_epoch(brain, epoch, batches):
    """Tell the display that an epoch begins.

    Arguments
    ---------
    brain : speechbrain.Brain
        With its `epoch_counter`; a debug run has fewer epochs and batches.
    epoch : int
        Its number.
    batches : int
        Batches of the training part.
    """
    if not current().running:
        return
    epochs = brain.epoch_counter.limit
    if brain.debug:
        epochs = min(epochs, brain.debug_epochs)
        batches = min(batches, brain.debug_batches)
    limit = brain.optimizer_step_limit
    if limit is not None:
        limit *= brain.grad_accumulation_factor
    current().epoch(epoch, epochs, batches, limit)


def show_step(brain, loss):
    """Tell the display of a training step.

    Arguments
    ---------
    brain : speechbrain.Brain
        It counts the steps, and averages their losses.
    loss : torch.Tensor
        Of this step, on the CPU, where SpeechBrain has brought it: nothing waits
        for it.
    """
    if current().running:
        mean = brain.update_average(loss, brain.avg_train_loss)
        current().step(brain.step, mean)
