"""Questions about speakers: EER and minDCF of systems on each trial list over seeds, each compared with one baseline."""

import statistics

import numpy as np

from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.markdown_table import markdown_table
from sb_contrastive.evaluation.verification.over_seeds.paired import (
    compare_over_seeds,
)
from sb_contrastive.study.answers.systems import (
    check_systems,
    mean_and_each,
    mean_deviation,
)
from sb_contrastive.study.answers.verified import read_verified

KEY = "trials"  # in results.json


def answer(question, runs):
    """Compare the systems of one question.

    Arguments
    ---------
    question : dict
        `systems`, title -> "run/stage" or "run/stage/system", where the stage is
        one of `verify` and the system is one of its titles, the first when
        absent: "swav/verify", "dino/verify/random weights, AS-norm". `against`
        is the title of the baseline (the first system when absent).
    runs : list of Run
        All runs of the study.

    Returns
    -------
    dict
        {trial list: {title: row}}, rows as those of `compare_over_seeds`, and
        `seconds`, those of training for each seed, where something was trained.
        Systems whose runs have not ended are left out with a warning.

    Raises
    ------
    ValueError
        When a system names no run or nothing that its run has verified, or runs
        have scored different lists of one name.
    """
    against = check_systems(question, runs)
    found = {
        title: read_verified(place, runs)
        for title, place in question["systems"].items()
    }
    lists, answers = {}, {}
    for seeds in found.values():
        for run in seeds.values():
            for name, sides in run.sides.items():
                first = lists.setdefault(name, sides)
                if not np.array_equal(first.labels, sides.labels):
                    raise ValueError(
                        f"runs of the study have scored different trial lists "
                        f"of the name {name!r}: give each list a name of its "
                        f"own, and the runs a new output folder"
                    )
    for name, sides in lists.items():
        systems = {
            title: {s: run.scores[name] for s, run in seeds.items()}
            for title, seeds in found.items()
            if seeds
        }
        llr = [
            title
            for title, seeds in found.items()
            if seeds and all(run.llr for run in seeds.values())
        ]
        answers[name] = compare_over_seeds(systems, sides, against, llr=llr)
        for title, row in answers[name].items():
            times = [found[title][s].seconds for s in row["seeds"]]
            if None not in times:
                row["seconds"] = times
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
        Name of a column -> {title: {seed: EER in percent}}; less is better.
    """
    return {
        f"EER, {name}": {
            title: dict(zip(row["seeds"], row["EER"]))
            for title, row in rows.items()
        }
        for name, rows in answers.items()
    }


def training_seconds(answers):
    """Average what training each system has cost.

    Arguments
    ---------
    answers : dict
        From `answer`.

    Returns
    -------
    dict of str to float
        Without untrained systems.
    """
    return {
        title: statistics.fmean(row["seconds"])
        for rows in answers.values()
        for title, row in rows.items()
        if "seconds" in row
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
    """
    calibrated = any(
        "Cllr" in row for rows in answers.values() for row in rows.values()
    )
    heads = ["list", "system", "seeds", "EER %", "95 % interval", "minDCF 0.01"]
    heads += ["minDCF 0.05", f"EER less {against}", "95 % interval", "minutes"]
    heads += ["Cllr", "95 % interval"] * calibrated
    lines = []
    for name, rows in answers.items():
        for system, row in rows.items():
            gain = ["", ""]
            if "gains" in row:
                limits = _between(row["gain_interval"], "+")
                gain = [mean_and_each(row["gains"]), limits]
            seconds = row.get("seconds")
            cells = [
                name,
                system,
                len(row["seeds"]),
                mean_deviation(row["EER"]),
                _between(row["interval"]),
                mean_deviation(row["minDCF_0.01"], 2),
                mean_deviation(row["minDCF_0.05"], 2),
                *gain,
                f"{statistics.fmean(seconds) / 60:.1f}" if seconds else "",
            ]
            if calibrated and "Cllr" in row:
                limits = _between(row["Cllr_interval"], digits=2)
                cells += [mean_deviation(row["Cllr"], 2), limits]
            elif calibrated:
                cells += ["", ""]
            lines.append(cells)
    return "\n".join([f"## {title}", "", *markdown_table(heads, lines)])


def draw(answers, path, title, note):
    """Draw the EER of each system and seed.

    Arguments
    ---------
    answers : dict
        From `answer`.
    path : pathlib.Path
        PNG to write.
    title, note : str
        Above and below the figure.
    """
    panels = {f"list {name}": rows for name, rows in answers.items()}
    note = f"dots: seeds; bars: their means; {note}"
    plots.system_comparison(panels, path, title, note, measure="EER")


def _between(limits, sign="", digits=1):
    """Write an interval, where there is one."""
    if not limits:
        return ""
    low, high = (f"{limit:{sign}.{digits}f}" for limit in limits)
    return f"{low} to {high}"
