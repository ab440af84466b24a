"""Questions about classes: the UA of systems over folds and seeds, each compared with one baseline."""

from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.markdown_table import markdown_table
from sb_contrastive.evaluation.paired import read_hits, seeds_compared
from sb_contrastive.study.answers.systems import (
    check_systems,
    mean_and_each,
    mean_deviation,
)
from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)

KEY = "labels"  # in results.json


def answer(question, runs):
    """Compare the systems of one question.

    Arguments
    ---------
    question : dict
        `systems`, title -> "run/stage", e.g. "dino/two_step", and `against`,
        the title of the baseline (the first system when absent).
    runs : list of Run
        All runs of the study.

    Returns
    -------
    dict
        {percent of labels: {title: row}}, see `seeds_compared`; the row of the
        baseline has no gains. Systems whose runs have not started are left out
        with a warning.

    Raises
    ------
    ValueError
        When a system names no run, or a stage that its run did not have.
    """
    against = check_systems(question, runs)
    found = {
        title: _predictions(place, runs)
        for title, place in question["systems"].items()
    }
    percents = sorted({p for seeds in found.values() for p, _ in seeds})
    answers = {}
    for percent in percents:
        base = _at(found[against], percent)
        rows = answers.setdefault(percent, {})
        for title, predictions in found.items():
            seeds = _at(predictions, percent)
            if seeds:
                rows[title] = seeds_compared(
                    seeds, base if title != against else {}
                )
    return answers


def columns(answers):
    """Give the figures by which systems can be ranked.

    Arguments
    ---------
    answers : dict
        From `answer`.

    Returns
    -------
    dict of str to dict
        Name of a column -> {title: {seed: UA in percent}}; more is better.
    """
    return {
        f"UA, {percent} % of the labels": {
            title: dict(zip(row["seeds"], row["UA"]))
            for title, row in rows.items()
        }
        for percent, rows in answers.items()
    }


def markdown(title, answers, against):
    """Write the answer to a question as a section of Markdown.

    Arguments
    ---------
    title : str
        The question.
    answers : dict
        The answer from `answer`.
    against : str
        Title of the baseline.

    Returns
    -------
    str

    Example
    -------
    >>> row = {"seeds": [1], "WA": [50.0], "UA": [40.0], "deviation": 2.0}
    >>> print(markdown("Which?", {100: {"a": row}}, "a"))
    ## Which?
    <BLANKLINE>
    | labels | system | seeds | WA % | UA % | over folds | less a | 95 % interval |
    |---|---|---|---|---|---|---|---|
    | 100 % | a | 1 | 50.0 | 40.0 | 2.0 | | |
    """
    heads = ["labels", "system", "seeds", "WA %", "UA %", "over folds"]
    heads += [f"less {against}", "95 % interval"]
    cells = []
    for percent, rows in answers.items():
        for system, row in rows.items():
            gain = ["", ""]
            if "gains" in row:
                low, high = row["interval"]
                gain = [
                    mean_and_each(row["gains"]),
                    f"{low:+.1f} to {high:+.1f}",
                ]
            rates = [mean_deviation(row["WA"]), mean_deviation(row["UA"])]
            cells.append(
                [
                    f"{percent} %",
                    system,
                    len(row["seeds"]),
                    *rates,
                    f"{row['deviation']:.1f}",
                    *gain,
                ]
            )
    return "\n".join([f"## {title}", "", *markdown_table(heads, cells)])


def draw(answers, path, title, note):
    """Draw the UA of each system and seed.

    Arguments
    ---------
    answers : dict
        From `answer`.
    path : pathlib.Path
        PNG to write.
    title, note : str
        Above and below the figure.
    """
    panels = {f"{p} % of the labels": rows for p, rows in answers.items()}
    note = f"dots: seeds; bars: their means; {note}"
    plots.system_comparison(panels, path, title, note)


def _predictions(place, runs):
    """Read the predictions of "run/stage" as {(percent, seed): {fold: rows}}."""
    name, _, stage = place.partition("/")
    of_run = [run for run in runs if run.name == name]
    found, stages, begun = {}, set(), False
    for run in of_run:
        begun = begun or run.folder.is_dir()
        for (percent, system), folds in read_hits(run.folder).items():
            stages.add(system)
            if system == stage:
                found[percent, run.seed] = folds
    if not begun:
        logger.warning(f"{place}: left out, {name} has not run yet")
    elif not found:
        raise ValueError(
            f"{place!r}: {of_run[0].folder} has no predictions of a stage "
            f"{stage!r}{did_you_mean(stage, stages)}"
        )
    return found


def _at(predictions, percent):
    """Return {seed: {fold: rows}} at one share of the labels."""
    return {seed: x for (p, seed), x in predictions.items() if p == percent}
