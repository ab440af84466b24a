"""The number of the epoch, where processes that read audio see it change."""

import torch


class SharedEpoch:
    """An attribute of a class whose value lies in shared memory: a worker that
    lives on from epoch to epoch (`persistent_workers`) has a copy of the object
    that draws the crops, but sees the number that the training process sets.

    Example
    -------
    >>> class Crops:
    ...     epoch = SharedEpoch()
    >>> crops = Crops()
    >>> crops.epoch
    0
    >>> crops.epoch = 3
    >>> crops.epoch
    3
    """

    def __set_name__(self, owner, name):
        self.key = f"_shared_{name}"

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return int(self._number(instance))

    def __set__(self, instance, epoch):
        self._number(instance).fill_(epoch)

    def _number(self, instance):
        """The tensor that holds the number, made at the first use: by the
        constructor at the latest, so before any worker starts."""
        held = vars(instance)
        if self.key not in held:
            held[self.key] = torch.zeros((), dtype=torch.long).share_memory_()
        return held[self.key]
