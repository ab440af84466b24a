"""Manifests that an experiment prepares once and keeps in its output folder."""

import json
from functools import partial

from speechbrain.utils.distributed import run_on_main

from sb_contrastive.files import write_atomically


def prepare_once(path, inputs, make):
    """Prepare manifests unless they are there and were made from the same inputs.

    Arguments
    ---------
    path : pathlib.Path
        The manifest that is written last.
    inputs : dict
        What it is made from; it is kept beside the manifest, as JSON.
    make : callable
        Called without arguments, on the main process, to write the manifest.

    Example
    -------
    >>> path = getfixture("tmp_path") / "manifests" / "rows.csv"
    >>> for classes in ("a", "a", "b"):
    ...     prepare_once(path, {"classes": classes}, lambda: print("made"))
    made
    made
    """
    run_on_main(_prepare, args=[path, _plain(inputs), make])


def _prepare(path, inputs, make):
    record = path.with_suffix(".json")
    if record.is_file():
        if json.loads(record.read_text(encoding="utf-8")) == inputs:
            return
        record.unlink()  # until the new manifest is there
    path.parent.mkdir(parents=True, exist_ok=True)
    make()
    text = json.dumps(inputs, indent=1)
    write_atomically(record, lambda p: p.write_text(text, encoding="utf-8"))


def _plain(value):
    """Turn a value into what JSON can hold, functions into their names."""
    if isinstance(value, dict):
        return {str(key): _plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, partial):
        return [_plain(value.func), _plain(value.keywords)]
    if callable(value):
        return f"{value.__module__}.{value.__qualname__}"
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)
