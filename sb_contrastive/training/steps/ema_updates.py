"""The one place where teachers follow their students after an optimiser step."""

from typing import Callable, NamedTuple

from speechbrain.utils.logger import get_logger

from sb_contrastive.momentum import initial_share

logger = get_logger(__name__)

TOO_MUCH = 0.05  # of the initial weights, which nobody trained


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
        Who follows whom. A `TeacherMomentum` is fitted to the run; any other
        schedule is used as it is.
    steps : int
        Optimiser steps of the whole run, by which progress is counted.

    Example
    -------
    >>> import torch
    >>> from sb_contrastive import EMATeacher
    >>> student = torch.nn.Linear(1, 1)
    >>> modules = {"encoder": student, "teacher": EMATeacher(student)}
    >>> pair = Followed("encoder", "teacher", lambda progress: 0.9)
    >>> updates = EMAUpdates([pair], steps=100)
    >>> updates.step(modules, progress=0.5)
    >>> round(updates.initial_share(), 6)
    2.7e-05
    """

    def __init__(self, followed, steps):
        self.followed = [
            pair._replace(momentum=_fitted(pair.momentum, steps))
            for pair in followed
        ]
        self.steps = steps

    def initial_share(self):
        """Return the largest share of its initial weights that a teacher still has
        after the run (float); None where there is no teacher."""
        momenta = {id(pair.momentum): pair.momentum for pair in self.followed}
        shares = [initial_share(m, self.steps) for m in momenta.values()]
        return max(shares, default=None)

    def tell(self):
        """Log that share, as a warning where it is large."""
        share = self.initial_share()
        if share is None:
            return
        said = (
            f"at the end of its {self.steps} steps, "
            f"{share:.2g} of the teacher's weights will be its initial ones"
        )
        if share > TOO_MUCH:
            logger.warning(
                f"{said}: lower the momentum at its start, or give its schedule "
                f"as the curve of a sb_contrastive.momentum.TeacherMomentum, "
                f"which fits it to the run"
            )
        else:
            logger.info(said)

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


def _fitted(momentum, steps):
    fit = getattr(momentum, "over", None)
    return momentum if fit is None else fit(steps)


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
    mine, theirs = (getattr(s, "__dict__", {}) for s in (one, other))
    # A function has no settings, and two functions are two schedules
    if type(one) is not type(other) or mine.keys() != theirs.keys() or not mine:
        return False
    return all(
        mine[key] == theirs[key] or same_schedule(mine[key], theirs[key])
        for key in mine
    )
