"""The systems of a question: places of a study, and the baseline among them."""

import statistics

from sb_contrastive.suggestions import did_you_mean


def baseline(question):
    """Return the title of the baseline: that of `against`, or the first.

    Arguments
    ---------
    question : dict
        See `check_systems`.

    Returns
    -------
    str

    Example
    -------
    >>> baseline({"systems": {"DINO": "dino/two_step", "none": "dino/scratch"}})
    'DINO'
    """
    return question.get("against", next(iter(question["systems"])))


def check_systems(question, runs):
    """Refuse a question about runs that there are not.

    Arguments
    ---------
    question : dict
        `systems`, title -> "run/stage", and maybe `against`.
    runs : list of Run
        All runs of the study.

    Returns
    -------
    str
        The title of the baseline.

    Raises
    ------
    ValueError
        With the nearest name.
    """
    titles, against = list(question["systems"]), baseline(question)
    if against not in titles:
        raise ValueError(
            f"the baseline {against!r} is not one of the question's systems"
            f"{did_you_mean(against, titles)}"
        )
    known = sorted({run.name for run in runs})
    for place in question["systems"].values():
        name = place.partition("/")[0]
        if name not in known:
            raise ValueError(
                f"{place!r} names no run of the study{did_you_mean(name, known)}"
            )
    return against


def mean_deviation(values, digits=1):
    """Write a mean, and the standard deviation of several values.

    Arguments
    ---------
    values : list of float
        One of each seed.
    digits : int
        Behind the decimal point.

    Returns
    -------
    str

    Example
    -------
    >>> mean_deviation([1.0, 2.0]), mean_deviation([0.25], 2)
    ('1.5 ± 0.7', '0.25')
    """
    mean = f"{statistics.fmean(values):.{digits}f}"
    if len(values) == 1:
        return mean
    return f"{mean} ± {statistics.stdev(values):.{digits}f}"


def mean_and_each(gains):
    """Write the mean of the differences of several seeds, and each of them.

    Arguments
    ---------
    gains : list of float
        One of each seed.

    Returns
    -------
    str

    Example
    -------
    >>> mean_and_each([1.0, -0.5])
    '+0.2 (+1.0, -0.5)'
    """
    each = ", ".join(f"{gain:+.1f}" for gain in gains)
    return f"{statistics.fmean(gains):+.1f} ({each})"
