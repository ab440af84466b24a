"""Figures of each epoch, saved with the checkpoint."""

import json

from speechbrain.utils.checkpoints import (
    mark_as_loader,
    mark_as_saver,
    register_checkpoint_hooks,
)


@register_checkpoint_hooks
class EpochLog:
    """Figures of each epoch, saved with the checkpoint so that a resumed run
    neither loses nor repeats a line.

    Example
    -------
    >>> log = EpochLog()
    >>> log.add(epoch=1, train_loss=7.5)
    >>> log.rows
    [{'epoch': 1, 'train_loss': 7.5}]
    """

    def __init__(self):
        self.rows = []

    def add(self, **figures):
        """Appends the figures of one epoch: plain numbers by name."""
        self.rows.append(plain(figures))

    @mark_as_saver
    def _save(self, path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.rows, file)

    @mark_as_loader
    def _load(self, path, end_of_epoch):
        del end_of_epoch
        with open(path, encoding="utf-8") as file:
            self.rows = json.load(file)


def plain(figures):
    """Makes Python numbers of tensors and NumPy's, as files want them.

    Arguments
    ---------
    figures : dict of str to float or torch.Tensor
        Scalars by name.

    Returns
    -------
    dict of str to float

    Example
    -------
    >>> import torch
    >>> plain({"epoch": 1, "loss": torch.tensor(0.5)})
    {'epoch': 1, 'loss': 0.5}
    """
    return {
        k: v.item() if hasattr(v, "item") else v for k, v in figures.items()
    }
