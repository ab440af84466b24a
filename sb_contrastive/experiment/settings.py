"""Keeps an output folder to one experiment: what was set is written down, and a later run must agree."""

import json
from itertools import zip_longest

import yaml
from speechbrain.utils.logger import get_logger

from sb_contrastive.files import write_atomically

logger = get_logger(__name__)

# What may differ between two calls that fill the same folder
FREE = (
    "stages",
    "fold",
    "label_fraction",
    "num_workers",
    "tensorboard",
    "nonfinite_patience",
    # of a study, which may grow; each of its runs keeps to its own settings
    "study",
    "seeds",
    "only",
    "jobs",
    "job_devices",
)
STAGE = "!name:sb_contrastive.stages."


def settings_of(resolved):
    """The values of an experiment, each as plain text.

    Arguments
    ---------
    resolved : str
        The experiment's YAML with overrides, references and includes resolved.

    Returns
    -------
    dict of str to str
        Top-level values by name, without comments and without those that may
        change from call to call.

    Example
    -------
    >>> settings_of("seed: 3  # lucky\\nfold: 1\\nloss: !new:a.B\\n  k: 2\\n")
    {'seed': '3', 'loss': '!new:a.B\\nk: 2'}
    """
    root = yaml.compose(resolved, Loader=yaml.SafeLoader)
    return {
        key.value: _text(value)
        for key, value in root.value
        if key.value not in FREE and not key.value.startswith("__")
    }


def keep_to(folder, settings, stages=None):
    """Writes the settings into a new output folder; compares in an old one.

    What a stage and its steps were when they first ran is what they stay. A
    new stage may be added, and one that has run may be missing now. As long as
    nothing has been trained, a mistake may be mended: the folder then takes the
    new settings, and manifests made by the old ones go.

    Arguments
    ---------
    folder : pathlib.Path
        The experiment's output folder.
    settings : dict of str to str
        See `settings_of`.
    stages : list of str, optional
        Those about to run, all when absent; the others may still change.

    Raises
    ------
    ValueError
        When the folder was filled with other settings: finished stages would
        be taken for results of these.
    """
    path = folder / "settings.json"
    before = {}
    if path.is_file():
        before = json.loads(path.read_text(encoding="utf-8"))
        changed = _changes(before, settings)
        if changed and _has_trained(folder):
            raise ValueError(
                f"{folder} holds an experiment with other settings: give "
                f"another --output_folder, or delete that one\n"
                + "\n".join(changed)
            )
        if changed:
            logger.info(f"Nothing was trained in {folder}: new settings")
            _forget(folder)
            before = {}
    later = set()
    if stages is not None:
        running = _stages_and_steps(settings, stages)
        later = _stages_and_steps(settings) - running
    now = {k: v for k, v in settings.items() if k not in later}
    record = {**before, **now}
    if record != before:
        text = json.dumps(record, indent=1)
        write_atomically(path, lambda p: p.write_text(text, encoding="utf-8"))


def _has_trained(folder):
    """Whether anything is there that results could be taken from."""
    return any(
        next(folder.rglob(pattern), None)
        for pattern in ("*.ckpt", "*.npz", "predictions.csv", "results.json")
    )


def _forget(folder):
    """Removes what was made by the settings and would be taken as it is."""
    for pattern in ("*.csv", "*.json"):
        for path in (folder / "manifests").glob(pattern):
            path.unlink()
    (folder / "settings.json").unlink()


def _changes(before, settings):
    """A line for each value that differs and may not."""
    known = _stages_and_steps(before) | _stages_and_steps(settings)
    free = known & (before.keys() ^ settings.keys())
    return [
        _difference(key, before.get(key), settings.get(key))
        for key in {**before, **settings}
        if before.get(key) != settings.get(key) and key not in free
    ]


def _stages_and_steps(settings, stages=None):
    """Names of the stages, all or some, and of the steps they are made of."""
    names = set()
    for name, text in settings.items():
        if text.startswith(STAGE) and (stages is None or name in stages):
            options = yaml.load(text, Loader=yaml.BaseLoader)
            names |= {name, *(options["steps"] if "steps" in options else ())}
    return names


def _text(node):
    text = yaml.serialize(node, width=float("inf"))
    return text.removesuffix("\n").removesuffix("\n...")


def _difference(key, old, new):
    """One line that shows where a value changed, however long it is."""
    if old is None or new is None:
        return f"  {key}: only {'there' if new is None else 'now'}"
    for one, other in zip_longest(old.splitlines(), new.splitlines()):
        if one != other:
            there, now = ((x or "nothing").strip() for x in (one, other))
            return f"  {key}: {there} there, {now} now"
