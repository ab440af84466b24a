"""The one place where teachers follow their students after an optimiser step."""

from typing import Callable, NamedTuple


class Followed(NamedTuple):
    """Names a module that trains and the `EMATeacher` that follows it, among the
    modules of a Brain, with `momentum`: progress -> m."""

    student: str
    teacher: str
    momentum: Callable


class EMAUpdates:
    """Move teachers towards their students, see `sb_contrastive.EMATeacher`.

    Arguments
    ---------
    followed : list of Followed
        Who follows whom.

    Example
    -------
    >>> import torch
    >>> from sb_contrastive import EMATeacher
    >>> student = torch.nn.Linear(1, 1)
    >>> modules = {"encoder": student, "teacher": EMATeacher(student)}
    >>> updates = EMAUpdates([Followed("encoder", "teacher", lambda p: 0.9)])
    >>> updates.step(modules, progress=0.5)
    """

    def __init__(self, followed):
        self.followed = list(followed)

    def step(self, modules, progress):
        """Move every teacher once.

        Arguments
        ---------
        modules : mapping of str to torch.nn.Module
            Students, maybe wrapped for several processes, and teachers.
        progress : float
            Share of the training that was done before the optimiser step that
            has just been taken, for the schedules of the momentum.
        """
        for student, teacher, momentum in self.followed:
            modules[teacher].update(modules[student], momentum(progress))


def same_schedule(one, other):
    """Tell whether two schedules are one: the same object, or two of one class with
    equal settings, as a YAML that writes a schedule twice makes them.

    Arguments
    ---------
    one, other : callable
        Progress -> value.

    Returns
    -------
    bool

    Example
    -------
    >>> from sb_contrastive.schedules import Cosine
    >>> same_schedule(Cosine(0.9, 1.0), Cosine(0.9, 1.0))
    True
    >>> same_schedule(Cosine(0.9, 1.0), Cosine(0.99, 1.0))
    False
    """
    if one is other:
        return True
    settings = [getattr(schedule, "__dict__", {}) for schedule in (one, other)]
    # A function has no settings, and two functions are two schedules
    return type(one) is type(other) and settings[0] == settings[1] != {}
