"""Writes results.json, the numbers of a run for programs to read."""

import json
import math
from pathlib import Path

from sb_contrastive.files import write_atomically


def write_results(path, results):
    """Writes results.json: whole or not at all, keys in the order given.

    Floats keep six decimals, or six significant digits below 0.001 (learning
    rates); what is not finite becomes null, since JSON has no NaN. Arrays,
    tensors and paths become lists, numbers and strings.

    Arguments
    ---------
    path : str or Path
        File to write; missing folders are made.
    results : dict
        Anything made of dicts, lists, numbers, strings.

    Raises
    ------
    TypeError
        If a value has no JSON form.

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
