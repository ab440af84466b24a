"""The file results.json, which holds the numbers of a run for programs to read."""

import json
import math
from pathlib import Path

from sb_contrastive.evaluation.package_versions import versions
from sb_contrastive.files import write_atomically
from sb_contrastive.process.invocation import command_line


def run_results(task, experiment, seed, protocol, metrics, speed, more=()):
    """Collects what results.json says of every run.

    Arguments
    ---------
    task : str
        Name of the task.
    experiment : str
        Name of the experiment.
    seed : int
        Its seed.
    protocol : dict
        Facts about how the numbers came about.
    metrics : dict
        The numbers.
    speed : dict
        The figures of `TrainingBrain.speed`; empty when nothing was trained.
    more : dict
        More entries; `command` and `versions` of the calls that trained, where
        these are other ones than this.

    Returns
    -------
    dict
        For `write_results`, with the command line and package versions.
    """
    return {
        "experiment": experiment,
        "task": task,
        "seed": seed,
        "command": command_line(),
        "protocol": protocol,
        "metrics": metrics,
        "versions": versions(),
        **speed,
        **dict(more),
    }


def write_results(path, results):
    """Writes results.json completely or not at all, with keys in the order
    given.

    Floats keep six decimals, or six significant digits below 0.001 (learning
    rates). Values that are not finite become null, since JSON has no NaN.
    Arrays, tensors and paths become lists, numbers and strings.

    Arguments
    ---------
    path : str or Path
        File to write; missing folders are made.
    results : dict
        Dicts, lists, numbers and strings, nested as needed.

    Raises
    ------
    TypeError
        If a value cannot be written as JSON.

    Example
    -------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "results.json"
    >>> write_results(path, {"UA": 0.123456789})
    >>> json.loads(path.read_text())
    {'UA': 0.123457}
    """
    text = json.dumps(_plain(results), indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, lambda p: p.write_text(text, encoding="utf-8"))


def _plain(value):
    """Convert a value to what JSON can hold."""
    if hasattr(value, "tolist"):  # array, tensor or NumPy number
        value = value.tolist()
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return round(value, 6) if abs(value) >= 1e-3 else float(f"{value:.6g}")
    return str(value) if isinstance(value, Path) else value
