"""Leaves out the trials of files that cannot be used, and says how many."""

import numpy as np
from speechbrain.utils.logger import get_logger

logger = get_logger(__name__)


def with_rows(trials, rows):
    """Keep the trials whose two files both have a row.

    Arguments
    ---------
    trials : Trials
        From `read_trials`.
    rows : list of (dict or None)
        A manifest row for each of `trials.audio()`, None for a file to leave
        out. A model stays as long as it has one of its files.

    Returns
    -------
    trials : Trials
        The trials that are left, between the files that are left.
    rows : list of dict
        The rows of those files.

    Raises
    ------
    ValueError
        When no target trial, or no other one, is left.

    Example
    -------
    >>> from sb_contrastive.data.trials.trial_list import Trials
    >>> labels, enrol = np.array([True, False, False]), np.array([0, 0, 0])
    >>> trials = Trials(labels, enrol, np.array([1, 2, 3]), list("abcd"))
    >>> left, rows = with_rows(trials, [{}, {}, None, {}])
    >>> left.files, left.labels.tolist(), left.test.tolist()
    (['a', 'b', 'd'], [True, False], [1, 2])
    """
    if None not in rows:
        return trials, rows
    there = {n for n, row in zip(trials.audio(), rows) if row is not None}
    files = [
        [n for n in trials.models.get(i, [name]) if n in there]
        for i, name in enumerate(trials.files)
    ]
    has = np.array([bool(names) for names in files])
    keep = has[trials.enrol] & has[trials.test]
    number = np.cumsum(has) - 1  # of each file among those that are left
    labels = trials.labels[keep]
    logger.warning(
        "%s: %d of %d trials are left out, since %d of their files cannot be "
        "used; error rates of all trials would be others",
        trials.source,
        len(keep) - len(labels),
        len(keep),
        len(rows) - len(there),
    )
    if labels.all() or not labels.any():
        raise ValueError(
            f"{trials.source}: without the trials of files that cannot be used "
            f"there are {labels.sum()} target and {(~labels).sum()} other "
            f"trials, and error rates need both: mend the files"
        )
    left = trials._replace(
        labels=labels,
        enrol=number[trials.enrol[keep]],
        test=number[trials.test[keep]],
        files=[name for name, known in zip(trials.files, has) if known],
        lines=None if trials.lines is None else trials.lines[keep],
        models={int(number[i]): files[i] for i in trials.models if has[i]},
    )
    found = dict(zip(trials.audio(), rows))
    return left, [found[name] for name in left.audio()]
