"""What runs have cost, in one table: trained parameters, minutes, peak memory."""

import json
from pathlib import Path

import numpy as np

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


def cost_table(costs):
    """Write the lines of a Markdown table of {system: [cost of each run]}, costs
    as `joint_speed` writes them: the most parameters and memory of the runs, and
    the mean of their minutes."""
    lines = [
        "| system | trained parameters | minutes of a run | peak memory, GiB |",
        "|---|---|---|---|",
    ]
    for system, each in sorted(costs.items()):
        trained = max(cost.get("trainable_parameters", 0) for cost in each)
        trained = f"{trained:,}".replace(",", " ")
        minutes = np.mean([cost["train_seconds"] for cost in each]) / 60
        peak = max(cost.get("peak_memory_gib", 0.0) for cost in each)
        lines.append(
            f"| {system} | {trained} | {minutes:.1f} "
            f"| {f'{peak:.2f}' if peak else ''} |"
        )
    return lines
