"""Questions about several others together: the mean rank of each system, and whether a composition beats its parts."""

import statistics

from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.markdown_table import markdown_table
from sb_contrastive.study.answers.ranking import (
    against_parts,
    averaged,
    ranks_in_each,
    seed_means,
)
from sb_contrastive.study.answers.systems import mean_deviation
from sb_contrastive.suggestions import did_you_mean

KEY = "ranks"  # in results.json


def check_ranks(question, questions):
    """Refuse ranks over questions, or compositions of systems, that there are not.

    Arguments
    ---------
    question : dict
        See `answer`.
    questions : dict of str to dict
        All questions of the study.

    Raises
    ------
    ValueError
        With the nearest name.
    """
    others = [k for k, other in questions.items() if "ranks" not in other]
    for key in question["ranks"]:
        if key not in others:
            raise ValueError(
                f"ranks over a question {key!r}, which the study does not have"
                f"{did_you_mean(key, others)}"
            )
    for whole, parts in question.get("compositions", {}).items():
        for title in (whole, *parts):
            for key in question["ranks"]:
                systems = questions[key]["systems"]
                if title not in systems:
                    raise ValueError(
                        f"{title!r} is no system of the question {key!r}, over "
                        f"which it is ranked{did_you_mean(title, systems)}"
                    )


def answer(question, columns, seconds=None):
    """Rank the systems that all questions have.

    Arguments
    ---------
    question : dict
        `ranks`, the names of other questions; and maybe `compositions`, title of
        a system -> titles of its parts.
    columns : dict of str to dict
        For each of those questions, the columns of its answer: one for each
        trial list, and for each share of the labels.
    seconds : dict of str to float, optional
        What training a system has cost.

    Returns
    -------
    dict
        `systems`, the best first: title -> `mean_rank` over columns, `ranks` of
        its means in each, `of_seeds`, the mean rank among the same seeds, and
        `EER` and `UA`, the mean over such columns for each seed, and `seconds`.
        `compositions`, the best first: title -> its `mean_rank`, those of its
        `parts`, whether it `beats` each of them, and in how many of the
        `seeds`. Empty where no two systems can be compared.
    """
    every = {
        name: rows
        for key in question["ranks"]
        for name, rows in columns[key].items()
    }
    if not all(columns[key] for key in question["ranks"]):
        return {}
    titles = [
        t
        for t in next(iter(every.values()))
        if all(t in rows for rows in every.values())
    ]
    if len(titles) < 2:
        return {}
    means = {
        name: {t: statistics.fmean(rows[t].values()) for t in titles}
        for name, rows in every.items()
    }
    ranks = ranks_in_each(means)
    seeds = [
        seed
        for seed in next(iter(every.values()))[titles[0]]
        if all(seed in rows[t] for rows in every.values() for t in titles)
    ]
    of_seeds = []
    for seed in seeds:
        values = {
            name: {t: rows[t][seed] for t in titles}
            for name, rows in every.items()
        }
        of_seeds.append(averaged(ranks_in_each(values)))
    mean_ranks = averaged(ranks)
    systems = {
        t: {
            "mean_rank": mean_ranks[t],
            "ranks": {name: found[t] for name, found in ranks.items()},
            "of_seeds": [found[t] for found in of_seeds],
            **seed_means(t, every),
            "seconds": (seconds or {}).get(t),
        }
        for t in sorted(titles, key=mean_ranks.get)
    }
    compositions = {
        whole: against_parts(whole, parts, mean_ranks, of_seeds)
        for whole, parts in question.get("compositions", {}).items()
        if {whole, *parts} <= {*titles}
    }
    first = sorted(compositions, key=mean_ranks.get)
    return {
        "systems": systems,
        "compositions": {whole: compositions[whole] for whole in first},
    }


def markdown(title, answers, against=None):
    """Write the answer to a question as a section of Markdown.

    Arguments
    ---------
    title : str
        The question.
    answers : dict
        The answer from `answer`.
    against : None
        Ranks have no baseline.

    Returns
    -------
    str
    """
    systems = answers["systems"]
    names = list(next(iter(systems.values()))["ranks"])
    cells = []
    for system, row in systems.items():
        of_seeds = mean_deviation(row["of_seeds"]) if row["of_seeds"] else ""
        ranks = [f"{row['ranks'][name]:g}" for name in names]
        cells.append([system, f"{row['mean_rank']:.2f}", of_seeds, *ranks])
    heads = ["system", "mean rank", "over seeds", *names]
    lines = [f"## {title}", "", *markdown_table(heads, cells)]
    if answers["compositions"]:
        lines += ["", verdict(answers["compositions"])]
    return "\n".join(lines)


def verdict(compositions):
    """Say whether the best composition beats its parts.

    Arguments
    ---------
    compositions : dict
        From `answer`, the best first.

    Returns
    -------
    str

    Example
    -------
    >>> found = {"mean_rank": 2.0, "parts": {"A": 1.5, "B": 3.0}, "beats": False}
    >>> verdict({"A + B": {**found, "seeds": [1, 3]}})
    'The best composition, A + B (mean rank 2.00), does not beat A (1.50): it is 0.50 behind. It beats B (3.00). It is ahead of all its parts with 1 of 3 seeds.'
    """
    whole, row = next(iter(compositions.items()))
    own = row["mean_rank"]
    beaten = [_told(x) for x in row["parts"].items() if own < x[1]]
    best = min(row["parts"], key=row["parts"].get)
    text = f"The best composition, {whole} (mean rank {own:.2f}), "
    if row["beats"]:
        text += f"beats each of its parts: {', '.join(beaten)}."
    else:
        told = _told((best, row["parts"][best]))
        gap = own - row["parts"][best]
        behind = f"it is {gap:.2f} behind" if gap else "they are level"
        text += f"does not beat {told}: {behind}."
        if beaten:
            text += f" It beats {', '.join(beaten)}."
    ahead, seeds = row["seeds"]
    if seeds > 1:
        text += f" It is ahead of all its parts with {ahead} of {seeds} seeds."
    return text


def draw(answers, path, title, note):
    """Draw EER against UA, where systems have both.

    Arguments
    ---------
    answers : dict
        From `answer`.
    path : pathlib.Path
        PNG to write.
    title, note : str
        Above and below the figure.
    """
    points = {
        t: row
        for t, row in answers["systems"].items()
        if "EER" in row and "UA" in row
    }
    if points:
        plots.objective_comparison(points, path, title, note)


def _told(named):
    return f"{named[0]} ({named[1]:.2f})"
