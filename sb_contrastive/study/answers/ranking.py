"""Ranks of systems in columns of figures, and their means."""

import statistics

LESS_IS_BETTER = "EER"  # columns that begin so; of UA more is better


def ranks_in_each(values):
    """Rank systems in each column.

    Arguments
    ---------
    values : dict of str to dict
        Column -> {title of a system: figure}.

    Returns
    -------
    dict of str to dict
        Column -> {title: rank}, 1 for the best; equal figures share a rank.

    Example
    -------
    >>> ranks_in_each({"EER, a": {"x": 5.0, "y": 9.0}, "UA": {"x": 0.4, "y": 0.6}})
    {'EER, a': {'x': 1.0, 'y': 2.0}, 'UA': {'x': 2.0, 'y': 1.0}}
    """
    from scipy.stats import rankdata  # imported late: it takes a second

    return {
        name: dict(
            zip(
                rows,
                rankdata(
                    [
                        x if name.startswith(LESS_IS_BETTER) else -x
                        for x in rows.values()
                    ]
                ).tolist(),
            )
        )
        for name, rows in values.items()
    }


def averaged(ranks):
    """Average ranks over columns.

    Arguments
    ---------
    ranks : dict of str to dict
        From `ranks_in_each`.

    Returns
    -------
    dict of str to float
        Title -> mean rank.

    Example
    -------
    >>> averaged({"EER, a": {"x": 1.0, "y": 2.0}, "EER, b": {"x": 1.0, "y": 2.0}})
    {'x': 1.0, 'y': 2.0}
    """
    first = next(iter(ranks.values()))
    return {t: statistics.fmean(r[t] for r in ranks.values()) for t in first}


def seed_means(title, columns):
    """Average EER and UA of a system over their columns, for each seed.

    Arguments
    ---------
    title : str
        The system.
    columns : dict of str to dict
        Column -> {title: {seed: figure}}.

    Returns
    -------
    dict of str to list
        "EER" and "UA", where there are such columns: a mean for each seed that
        all of them have.

    Example
    -------
    >>> seed_means("x", {"EER, a": {"x": {1: 4.0}}, "EER, b": {"x": {1: 8.0}}})
    {'EER': [6.0]}
    """
    found = {}
    for measure in ("EER", "UA"):
        parts = [r[title] for n, r in columns.items() if n.startswith(measure)]
        if parts:
            seeds = [s for s in parts[0] if all(s in part for part in parts)]
            found[measure] = [
                statistics.fmean(part[s] for part in parts) for s in seeds
            ]
    return found


def against_parts(whole, parts, mean_ranks, of_seeds):
    """Compare a composition with its parts.

    Arguments
    ---------
    whole : str
        Title of the composition.
    parts : list of str
        Titles of its parts.
    mean_ranks : dict of str to float
        Of all seeds together.
    of_seeds : list of dict
        The same for each seed.

    Returns
    -------
    dict
        Its `mean_rank`, those of its `parts`, whether it `beats` each of them,
        and in how many of the `seeds` it is ahead of all.
    """
    ahead = sum(all(r[whole] < r[p] for p in parts) for r in of_seeds)
    return {
        "mean_rank": mean_ranks[whole],
        "parts": {part: mean_ranks[part] for part in parts},
        "beats": all(mean_ranks[whole] < mean_ranks[part] for part in parts),
        "seeds": [ahead, len(of_seeds)],
    }
