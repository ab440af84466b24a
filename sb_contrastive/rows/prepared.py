"""Manifests that an experiment prepares once and keeps in its output folder."""

import json
from functools import partial
from pathlib import Path

from speechbrain.utils.distributed import run_on_main

from sb_contrastive.experiment.provenance.contents import digest
from sb_contrastive.files import write_atomically


def prepare_once(path, inputs, make, content=None, beside=()):
    """Prepare manifests unless they are there and were made from the same inputs.

    Arguments
    ---------
    path : pathlib.Path
        The manifest that is written last.
    inputs : dict
        What it is made from; it is kept beside the manifest, as JSON.
    make : callable
        Called without arguments, on the main process, to write the manifest.
    content : dict of str to (str or None), optional
        Digests of the files and folders that it is made from, see
        `read_sources`.
    beside : list of str
        Names of other files that `make` writes into the same folder.

    Raises
    ------
    ValueError
        When one of these files is there and this experiment has not written
        it, or has written another one.

    Example
    -------
    >>> path = getfixture("tmp_path") / "manifests" / "rows.csv"
    >>> def make():
    ...     print("made", path.write_text("wav"))
    >>> for classes in ("a", "a", "b"):
    ...     prepare_once(path, {"classes": classes}, make)
    made 3
    made 3
    """
    arguments = [path, _plain(inputs), make, content or {}, beside]
    run_on_main(_prepare, args=arguments)


def _prepare(path, inputs, make, content, beside):
    record = path.with_suffix(".json")
    known = _read(record)
    own = known.get("files", {})
    made_from = {**inputs, "content": content}
    names = [*beside, path.name]
    _refuse_foreign(path.parent, names, own)
    if _same(known.get("inputs"), made_from) and path.name in own:
        return
    for name in own:  # held_out.csv of another corpus, say
        (path.parent / name).unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    # What is there after a kill is ours: it was not there before
    _write(record, {"files": dict.fromkeys(names)})
    make()
    there = [name for name in names if (path.parent / name).is_file()]
    own = {name: digest(path.parent / name) for name in there}
    _write(record, {"inputs": made_from, "files": own})


def _same(before, now):
    """Compare inputs; a source that is not there any more contradicts nothing."""
    if before is None or {**before, "content": 0} != {**now, "content": 0}:
        return False
    old = before["content"]
    return all(
        found is None or found == old.get(source)
        for source, found in now["content"].items()
    )


def _refuse_foreign(folder, names, own):
    for name in names:
        path = folder / name
        if not path.exists():
            continue
        if name not in own:
            raise ValueError(
                f"{path} is there, and this experiment has not written it but "
                f"would: move it elsewhere, or give another --output_folder"
            )
        if own[name] not in (None, digest(path)):
            raise ValueError(
                f"{path} has changed since this experiment wrote it: give the "
                f"changed file by --manifest and another --output_folder, or "
                f"delete it to have it written again"
            )


def _read(record):
    """Return what is known of the files; nothing where the JSON is not ours."""
    if not record.is_file():
        return {}
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
    except ValueError:
        known = None
    if not isinstance(known, dict) or not isinstance(known.get("files"), dict):
        raise ValueError(
            f"{record} is there, and this experiment has not written it: move "
            f"it elsewhere, or give another --output_folder"
        )
    return known


def _write(record, known):
    text = json.dumps(known, indent=1)
    write_atomically(record, lambda p: p.write_text(text, encoding="utf-8"))


def read_sources(experiment, sources):
    """Note files and folders that the stage under way depends on.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    sources : list of (str or pathlib.Path)
        Those that rows are made from.

    Returns
    -------
    dict of str to (str or None)
        Their digests, None where there is nothing.
    """
    paths = [Path(source) for source in sources]
    experiment.taken(paths)
    digest_of = experiment.settings.record.digest
    return {str(path): digest_of(path) for path in paths}


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
