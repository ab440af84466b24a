"""Keeps an output folder to one experiment: what a stage was trained with is written down, and a later run must agree."""

import json
from itertools import zip_longest

from speechbrain.utils.logger import get_logger

from sb_contrastive.distributed import world_size
from sb_contrastive.experiment.run_options import given_options
from sb_contrastive.experiment.schema import shared_values
from sb_contrastive.files import write_atomically

logger = get_logger(__name__)

# What may differ between two calls that fill the same folder
FREE = (
    "fold",
    "label_fraction",
    "num_workers",
    "tensorboard",
    # of a study, which may grow; each of its runs keeps to its own settings
    "study",
    "seeds",
    "only",
    "jobs",
    "job_devices",
)
# Run options of SpeechBrain that change what is trained
TRAINING_OPTIONS = (
    "precision",
    "max_grad_norm",
    "skip_nonfinite_grads",
    "grad_accumulation_factor",
    "optimizer_step_limit",
    "debug",
    "debug_batches",
    "debug_epochs",
)
# What only training leaves
LEFT = ("*.ckpt", "*.npz", "predictions.csv")


def settings(document, stage, run_opts=None):
    """Collect what the results of a stage depend on.

    Arguments
    ---------
    document : Document
        The experiment.
    stage : str
        Its name.
    run_opts : speechbrain.utils.run_opts.RunOptions, optional
        Of the command line.

    Returns
    -------
    dict of str to str
        The stage itself and the values of the experiment that it takes, each as
        plain text, without those that may change from call to call; then the
        run options that change what is trained.

    Example
    -------
    >>> from sb_contrastive.experiment.document import Document
    >>> document = Document("seed: 3\\nsort: !name:sorted {reverse: True}  # down")
    >>> settings(document, "sort")
    {'sort': '!name:sorted {reverse: true}', 'seed': '3'}
    """
    node = document.nodes[stage]
    found = {stage: document.text(node)}
    for key in ("seed", *sorted(shared_values(document, node))):
        if key in document.nodes and key not in FREE:
            found[key] = document.text(document.nodes[key])
    given = given_options(run_opts)
    for key in TRAINING_OPTIONS:
        if key in document.nodes:
            found[key] = document.text(document.nodes[key])
        elif key in given:
            found[key] = str(given[key])
    if world_size() > 1:
        found["processes"] = str(world_size())
    return found


def check_settled(folder, records):
    """Refuse to go on in a folder whose stages were trained with other settings:
    what is finished would be taken for results of these.

    Arguments
    ---------
    folder : pathlib.Path
        The experiment's output folder.
    records : dict of str to dict
        The settings of each stage that shall run.

    Raises
    ------
    ValueError
        With a line for each value that differs.
    """
    before = _read(folder)
    for stage, record in records.items():
        changed = _changes(before.get(stage, record), record)
        if changed and has_trained(folder, stage):
            raise ValueError(
                f"{folder} holds {stage} of an experiment with other settings: "
                f"give another --output_folder, or delete that one\n"
                + "\n".join(changed)
            )


def settle(folder, stage, record):
    """Write down the settings of a stage when it first runs.

    As long as the stage has left nothing, a mistake may be mended: the new
    settings replace the old ones.

    Arguments
    ---------
    folder : pathlib.Path
        The experiment's output folder.
    stage : str
        The stage.
    record : dict of str to str
        Its `settings`.
    """
    before = _read(folder)
    if before.get(stage) == record:
        return
    if stage in before:
        logger.info(f"{stage} has left nothing in {folder}: new settings")
    text = json.dumps({**before, stage: record}, indent=1)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(
        folder / "settings.json", lambda p: p.write_text(text, encoding="utf-8")
    )


def has_trained(folder, stage):
    """Tell whether a stage has left anything that results could be taken from.

    Arguments
    ---------
    folder : pathlib.Path
        The experiment's output folder.
    stage : str
        Name of the stage.

    Returns
    -------
    bool
    """
    own = [folder / stage, *folder.glob(f"labels_*/{stage}")]
    return any(
        next(place.rglob(pattern), None) for place in own for pattern in LEFT
    )


def _read(folder):
    """Read the settings of the stages that have run."""
    path = folder / "settings.json"
    if not path.is_file():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    if not all(isinstance(record, dict) for record in found.values()):
        raise ValueError(
            f"{folder} was filled by an earlier version of sb_contrastive: give "
            f"another --output_folder"
        )
    return found


def _changes(before, now):
    """Describe each value that differs in one line."""
    return [
        _difference(key, before.get(key), now.get(key))
        for key in {**before, **now}
        if before.get(key) != now.get(key)
    ]


def _difference(key, old, new):
    """Show where a value changed, however long it is."""
    if old is None or new is None:
        return f"  {key}: only {'there' if new is None else 'now'}"
    for one, other in zip_longest(old.splitlines(), new.splitlines()):
        if one != other:
            there, now = ((x or "nothing").strip() for x in (one, other))
            return f"  {key}: {there} there, {now} now"
