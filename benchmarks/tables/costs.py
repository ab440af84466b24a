"""Tables of costs: trained parameters, minutes and peak memory of finished runs."""

import json
from pathlib import Path

KEPT = ("experiment", "seed", "versions")


def results_of(folder):
    """Read the results of a run, and of them what tells how it was made,
    without the paths of its machine.

    Raises
    ------
    ValueError
        When the run has no results.
    """
    path = Path(folder) / "results.json"
    if not path.is_file():
        raise ValueError(
            f"{folder} has no results.json: run its last stage again"
        )
    results = json.loads(path.read_text("utf-8"))
    return results, {key: results[key] for key in KEPT if key in results}


def added(first, second):
    """Add the costs of two trainings, one after the other."""
    seconds = first["train_seconds"] + second["train_seconds"]
    largest = {
        key: max(cost[key] for cost in (first, second) if key in cost)
        for key in ("trainable_parameters", "peak_memory_gib")
        if key in first or key in second
    }
    return {"train_seconds": seconds, **largest}


def cost_cells(each):
    """Write the cost of runs of one system, as `joint_speed` tells it: the most
    parameters and memory of the runs, and the minutes of the fastest, which had
    the machine most to itself."""
    if not each:
        return ["", "", ""]
    trained = max(cost.get("trainable_parameters", 0) for cost in each)
    minutes = min(cost["train_seconds"] for cost in each) / 60
    peak = max(cost.get("peak_memory_gib", 0.0) for cost in each)
    return [
        f"{trained:,}".replace(",", " "),
        f"{minutes:.1f}",
        f"{peak:.2f}" if peak else "",
    ]


def cost_table(costs):
    """Write the lines of a Markdown table of {system: [cost of each run]}."""
    lines = [
        "| system | trained parameters | minutes, fastest run | peak memory, GiB |",
        "|---|---|---|---|",
    ]
    for system, each in sorted(costs.items()):
        lines.append(f"| {system} | {' | '.join(cost_cells(each))} |")
    return lines
