"""Questions about pseudo-labels: how well the clusters of each stage agree with the speakers, over seeds."""

import json

from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.clustering.agreement import FIGURES, JUDGED
from sb_contrastive.evaluation.markdown_table import markdown_table
from sb_contrastive.study.answers.systems import (
    check_systems,
    mean_deviation,
)

logger = get_logger(__name__)

KEY = "clusterings"  # in results.json
MEASURES = ("NMI", "ARI", "purity")


def answer(question, runs):
    """Read what the clusterings of one question are worth.

    Arguments
    ---------
    question : dict
        `systems`, title -> "run/stage", where the stage is one of `cluster`:
        "rounds/cluster_1".
    runs : list of Run
        All runs of the study.

    Returns
    -------
    dict
        {title: row}: `seeds`; for each the number of `clusters` and of `speakers`,
        `NMI`, `ARI` and `purity` in percent, and `kept`, the share of utterances
        that keep their label, in percent. Those whose runs have not come so far,
        or whose speakers are unknown, are left out with a warning.

    Raises
    ------
    ValueError
        When a system names no run.
    """
    check_systems(question, runs)
    rows = {}
    for title, place in question["systems"].items():
        name, _, stage = place.partition("/")
        row = {}
        for run in runs:
            path = run.folder / stage / FIGURES
            if run.name != name or not path.is_file():
                continue
            figures = json.loads(path.read_text(encoding="utf-8"))
            judged = figures.get(JUDGED)
            if judged is None:
                continue
            found = {
                "seeds": run.seed,
                "clusters": figures["clusters"],
                "speakers": judged["speakers"],
                **{name: 100 * judged[name] for name in MEASURES},
                "kept": 100 * figures["kept"] / figures["utterances"],
            }
            for key, value in found.items():
                row.setdefault(key, []).append(value)
        if row:
            rows[title] = row
        else:
            logger.warning(
                f"{place}: left out, no run has left clusters there that can be "
                f"compared with speakers"
            )
    return rows


def columns(answers):
    """Give the figures by which systems can be ranked: none, since clusters are a
    means and no end.

    Arguments
    ---------
    answers : dict
        From `answer`.

    Returns
    -------
    dict
        Empty.
    """
    return {}


def markdown(title, answers, against=None):
    """Write the answer to a question as a section of Markdown.

    Arguments
    ---------
    title : str
        The question.
    answers : dict
        The answer from `answer`.
    against : str, optional
        Nothing is compared.

    Returns
    -------
    str

    Example
    -------
    >>> row = {"seeds": [1], "clusters": [18], "speakers": [20], "NMI": [80.0]}
    >>> row |= {"ARI": [70.0], "purity": [90.0], "kept": [95.0]}
    >>> print(markdown("How good?", {"round 1": row}).splitlines()[-1])
    | round 1 | 1 | 18 | 20 | 80.0 | 70.0 | 90.0 | 95.0 |
    """
    heads = ["clusters of", "seeds", "clusters", "speakers", "NMI %", "ARI %"]
    cells = [
        [
            system,
            len(row["seeds"]),
            mean_deviation(row["clusters"], 0),
            mean_deviation(row["speakers"][:1], 0),
            *(mean_deviation(row[name]) for name in (*MEASURES, "kept")),
        ]
        for system, row in answers.items()
    ]
    table = markdown_table([*heads, "purity %", "kept %"], cells)
    return "\n".join([f"## {title}", "", *table])


def draw(answers, path, title, note):
    """Draw the agreement of each clustering and seed with the speakers.

    Arguments
    ---------
    answers : dict
        From `answer`.
    path : pathlib.Path
        PNG to write.
    title, note : str
        Above and below the figure.
    """
    note = f"dots: seeds; bars: their means; {note}"
    plots.system_comparison(
        {"agreement with the speakers": answers},
        path,
        title,
        note,
        measure="NMI",
    )
