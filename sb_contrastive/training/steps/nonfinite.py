"""Training batches whose loss or gradient is not finite: they are counted, listed, and end the run when they are too many."""

import json

from speechbrain.utils.checkpoints import (
    mark_as_loader,
    mark_as_saver,
    register_checkpoint_hooks,
)

from sb_contrastive.distributed import rank
from sb_contrastive.files import write_atomically

NAMED = 8  # utterances in a message; all are in the file


class BrokenBatch(Exception):
    """Leaves a training step before anything has followed from it.

    Arguments
    ---------
    what : str
        What is not finite, "loss" or "gradient".
    """

    def __init__(self, what):
        super().__init__(what)
        self.what = what


@register_checkpoint_hooks
class SkippedBatches:
    """Batches skipped so far, saved with the checkpoint, so that a resumed run
    has no more patience than one without a break.

    Example
    -------
    >>> skipped = SkippedBatches()
    >>> skipped.add(epoch=2, step=7, what="loss", utterances=["a", "b"])
    >>> skipped.in_a_row = 0  # the next one was trained on
    >>> skipped.count(epoch=2), skipped.count(epoch=3)
    (1, 0)
    """

    def __init__(self):
        self.batches = []
        self.in_a_row = 0  # since the last batch that was not skipped

    def add(self, epoch, step, what, utterances):
        """Notes a batch: its epoch and optimiser step, what was not finite in
        it, and its utterances."""
        self.in_a_row += 1
        self.batches.append(
            {
                "epoch": epoch,
                "optimizer_step": step,
                "not_finite": what,
                "utterances": list(utterances),
            }
        )

    def count(self, epoch):
        """Count the skipped batches of an epoch, or in a row: an epoch may
        have few batches."""
        own = sum(batch["epoch"] == epoch for batch in self.batches)
        return max(own, self.in_a_row)

    def write(self, folder):
        """Writes them where a user will look.

        Arguments
        ---------
        folder : pathlib.Path
            Of the training run.

        Returns
        -------
        pathlib.Path
            One file for each process: every one has utterances of its own.
        """
        suffix = f"_rank{rank()}" if rank() else ""
        path = folder / f"nonfinite_batches{suffix}.json"
        text = json.dumps(self.batches, indent=1)
        write_atomically(path, lambda p: p.write_text(text, encoding="utf-8"))
        return path

    def verdict(self, patience, folder=None):
        """Write the message about the batch noted last.

        Arguments
        ---------
        patience : int
            How many may be skipped in an epoch or in a row.
        folder : pathlib.Path, optional
            Of the training run, for the list of all.

        Returns
        -------
        str

        Raises
        ------
        ValueError
            When there were too many; all are written down before.
        """
        last = self.batches[-1]
        count, file = self.count(last["epoch"]), None
        if count > patience and folder is not None:
            file = self.write(folder)
        message = skip_message(
            last["not_finite"],
            last["optimizer_step"],
            last["utterances"],
            file,
            count,
            patience,
        )
        if count > patience:
            raise ValueError(message)
        return message

    @mark_as_saver
    def _save(self, path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump([self.in_a_row, self.batches], file)

    @mark_as_loader
    def _load(self, path, end_of_epoch):
        del end_of_epoch
        with open(path, encoding="utf-8") as file:
            self.in_a_row, self.batches = json.load(file)


def skip_message(what, step, utterances, file=None, count=0, patience=0):
    """Write the message about a batch that was skipped, or that ends the run.

    Arguments
    ---------
    what : str
        What is not finite, "loss" or "gradient".
    step : int
        Optimiser step.
    utterances : list of str
        Of the batch.
    file : pathlib.Path, optional
        Where all such batches are listed, or None while the run goes on.
    count, patience : int
        Batches skipped in this epoch, and how many may be.

    Returns
    -------
    str

    Example
    -------
    >>> print(skip_message("loss", 7, ["a", "b"], None, 1, 3))
    the loss of optimiser step 7 is not finite (utterances a, b): batch skipped, 1 of at most 3 in an epoch or in a row
    """
    named = ", ".join(utterances[:NAMED])
    if len(utterances) > NAMED:
        named += f" and {len(utterances) - NAMED} more"
    start = (
        f"the {what} of optimiser step {step} is not finite (utterances "
        f"{named})"
    )
    if count <= patience:
        return (
            f"{start}: batch skipped, {count} of at most {patience} in an "
            f"epoch or in a row"
        )
    listed = f", listed in {file}" if file else ""
    return (
        f"{start}, after {count - 1} skipped batches in this epoch or in a "
        f"row, and --nonfinite_patience is {patience}: check the audio of these "
        f"utterances{listed}, lower the learning rate or --max_grad_norm, or "
        f"train with --precision fp32"
    )
