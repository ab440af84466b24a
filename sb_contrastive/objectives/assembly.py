"""The networks that a set of objectives needs: heads, and the teachers that they share."""

from typing import NamedTuple

from sb_contrastive.momentum import EMATeacher
from sb_contrastive.training.steps.ema_updates import Followed, same_schedule


class Assembly(NamedTuple):
    """Holds the networks of some objectives: `modules` by name; for each objective
    the names of its `heads` and of their averages, and of the `teachers` that
    embed its crops; and who has `followed` whom."""

    modules: dict
    heads: dict
    teachers: dict
    followed: list


def assemble(modules, objectives):
    """Collect the heads of the objectives and make the teachers.

    A head is called what its objective calls it, unless an earlier objective
    has taken that name: then the objective's name goes in front. A teacher is
    made once for each momentum, and a head that two objectives share is one
    module, with one average.

    Arguments
    ---------
    modules : dict of str to torch.nn.Module
        `encoder`, and others that are to be trained with it.
    objectives : dict of str to Objective
        By name.

    Returns
    -------
    Assembly

    Raises
    ------
    ValueError
        If the modules hold a teacher, which the objectives make themselves.

    Example
    -------
    >>> import torch
    >>> from sb_contrastive.objectives import BYOL
    >>> from sb_contrastive.schedules import Constant
    >>> byol = BYOL(torch.nn.Linear(8, 4), torch.nn.Linear(4, 4), Constant(0.9))
    >>> list(assemble({"encoder": torch.nn.Linear(2, 8)}, {"byol": byol}).modules)
    ['encoder', 'projector', 'predictor', 'teacher_encoder', 'teacher_projector']
    """
    for name, module in modules.items():
        if isinstance(module, EMATeacher):
            raise ValueError(
                f"modules has {name}, a moving average: objectives make those "
                f"that they need, so leave it out"
            )
    modules, heads = dict(modules), {}
    for name, objective in objectives.items():
        heads[name] = {
            key: _add(modules, key, head, name)
            for key, head in objective.heads.items()
        }
    teachers, followed = {}, []
    for name, objective in objectives.items():
        if objective.momentum is None:
            continue
        teachers[name] = _follow(
            modules, followed, "encoder", objective.momentum, name
        )
        for key in objective.followed:
            heads[name][f"teacher_{key}"] = _follow(
                modules, followed, heads[name][key], objective.momentum, name
            )
    return Assembly(modules, heads, teachers, followed)


def _add(modules, key, module, objective):
    """Name a module, and return the name."""
    for name, known in modules.items():
        if known is module:
            return name
    name = f"{objective}_{key}" if key in modules else key
    if name in modules:
        raise ValueError(
            f"the objective {objective} has a head {key}, but there is another "
            f"module of the name {name}: give the objective another name"
        )
    modules[name] = module
    return name


def _follow(modules, followed, student, momentum, objective):
    """Return the name of the teacher that follows a module by this momentum."""
    for pair in followed:
        if pair.student == student and same_schedule(pair.momentum, momentum):
            return pair.teacher
    teacher = EMATeacher(modules[student])
    name = _add(modules, f"teacher_{student}", teacher, objective)
    followed.append(Followed(student, name, momentum))
    return name
