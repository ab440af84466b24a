"""Tells which values a run of a study can be given: those of its experiment and of the parts that it names."""

from sb_contrastive.experiment.objective import (
    values_of_choices,
    values_of_objective,
)
from sb_contrastive.experiment.overriding.encoder_values import (
    values_of_encoder,
)


def values_known_to(name, values, path, own, common):
    """Collect the names of the values of a run.

    Arguments
    ---------
    name : str
        The run.
    values : dict
        Its own values, among them perhaps `choose`.
    path : pathlib.Path
        Its experiment.
    own : iterable of str
        Names of the values of the experiment, see `experiment_values`.
    common : dict
        Values for all runs that have them.

    Returns
    -------
    set of str
        What the experiment writes, what its stages take by their signatures, and
        the values of the encoder, the objective, positives and negatives.

    Raises
    ------
    ValueError
        When a part is not there, or a common value is one of some candidates of
        the run's choice and not of others.
    """
    given = {**common, **values}
    key, candidates = _choice(values)
    given.pop(key, None)
    try:
        each = [
            _known({**given, key: candidate}, path, own)
            for candidate in candidates
        ]
    except (OSError, ValueError) as error:
        raise ValueError(f"run {name!r} of the study: {error}") from error
    every, some = set.intersection(*each), set.union(*each)
    unsure = sorted(common.keys() & some - every)
    if unsure:
        raise ValueError(
            f"run {name!r} of the study chooses {key!r}, and the common value "
            f"{unsure[0]!r} is known to some of the candidates only: choose among "
            f"those that have it, or leave it out"
        )
    return every


def _choice(values):
    """Return what is chosen and the candidates; one without a name where nothing
    is, or where `read_choose` will refuse it."""
    choose = values.get("choose")
    if isinstance(choose, dict) and len(choose) == 1:
        ((key, candidates),) = choose.items()
        if isinstance(candidates, list) and candidates:
            return key, candidates
    return None, [None]


def _known(given, path, own):
    own = {*own, *values_of_objective(given, path)}
    named = {key: value for key, value in given.items() if key in own}
    return {
        *own,
        *values_of_encoder(named, path),
        *values_of_choices(named, path),
    }
