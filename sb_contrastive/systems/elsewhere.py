"""Finds the weights that another run, an export or SpeechBrain has left, for a stage to start from."""

import json
from pathlib import Path

from sb_contrastive.encoders.weights import CHECKPOINT, EXPORTED, STEP
from sb_contrastive.experiment.provenance.record import SETTINGS
from sb_contrastive.suggestions import did_you_mean


def weights_elsewhere(place, fold=None):
    """Find the weights of an encoder in a place outside the experiment.

    Arguments
    ---------
    place : str or pathlib.Path
        A file; the folder of a pretraining stage, of a training step, or of a
        model, ours or SpeechBrain's; that of a system, or of a fold of it, whose
        last step is meant; or that of a whole run which has pretrained once.
    fold : str, optional
        The test fold: of a stage or system with a folder for each fold, its own
        is taken, which has not heard the test speakers.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    FileNotFoundError
        When there are none.
    ValueError
        When there are several, and none of them is meant before the others.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> (folder / "pretrain").mkdir()
    >>> (folder / "pretrain" / "encoder.ckpt").touch()
    >>> weights_elsewhere(folder).relative_to(folder).as_posix()
    'pretrain/encoder.ckpt'
    """
    path = Path(place).expanduser()
    if path.is_file():
        return path
    if not path.is_dir():
        near = path.parent.iterdir() if path.parent.is_dir() else []
        raise FileNotFoundError(
            f"there is no file or folder {path} to start from"
            f"{did_you_mean(path.name, [p.name for p in near])}"
        )
    own = path / f"fold_{fold}"
    for folder in (path, own):
        for name in (CHECKPOINT, EXPORTED, STEP):
            if (folder / name).is_file():
                return folder / name
    for folder in (path, own):
        if found := _last_step(folder):
            return found
    stages = [
        *path.glob(f"*/{CHECKPOINT}"),
        *path.glob(f"*/{own.name}/{CHECKPOINT}"),
    ]
    # Another fold's has heard the speakers that are tested
    stages = [p for p in stages if p.parent.name in (own.name, *_plain(path))]
    models = [path / name / EXPORTED for name in ("encoder", "model")]
    for found in (stages, *([m] for m in models if m.is_file())):
        if found:
            return _only(path, found)
    raise FileNotFoundError(_nothing(path, fold))


def _plain(path):
    """List the folders in a folder that belong to no fold."""
    return [p.name for p in path.iterdir() if not p.name.startswith("fold_")]


def _last_step(folder):
    """Return the weights of the step that was trained last for a fold."""
    found = sorted(folder.glob(f"*/{STEP}"))
    if len(found) < 2:
        return found[0] if found else None
    settings = folder.parents[2] / SETTINGS
    if settings.is_file():
        text = settings.read_text(encoding="utf-8")
        # The values that a system has taken, its steps in their order
        taken = list(json.loads(text).get(folder.parent.name, {}))
        steps = [path for path in found if path.parent.name in taken]
        if len(steps) == len(found):
            return max(steps, key=lambda path: taken.index(path.parent.name))
    return _only(folder, found)


def _only(folder, found):
    if len(found) == 1:
        return found[0]
    names = ", ".join(str(path.parent.relative_to(folder)) for path in found)
    raise ValueError(
        f"{folder} holds several networks to start from: give one of its "
        f"folders {names}"
    )


def _nothing(path, fold):
    if (path / "hyperparams.yaml").is_file():
        files = ", ".join(sorted(p.name for p in path.glob("*.ckpt"))) or "none"
        return (
            f"{path} is the folder of a model without {EXPORTED}, which "
            f"SpeechBrain's speaker and emotion models have (its weights: "
            f"{files}): give the file of its encoder"
        )
    folds = sorted({p.name for p in path.glob("**/fold_*") if p.is_dir()})
    of = (
        f" of fold {fold}, only of {', '.join(folds)}" if folds and fold else ""
    )
    return (
        f"{path} holds no encoder to start from{of}, neither {CHECKPOINT} nor "
        f"{EXPORTED} nor {STEP}: give the folder of a pretraining stage that has "
        f"run, of a system's fold, or of an exported model"
    )


def labels_heard(path):
    """Say with which labels weights were trained, as far as their folder shows it.

    Arguments
    ---------
    path : pathlib.Path
        From `weights_elsewhere`.

    Returns
    -------
    str
        Empty where none are known of.

    Example
    -------
    >>> labels_heard(Path("labels_100/two_step/fold_1/finetune_all/model.ckpt"))
    'trained with labels, fold_1 left out'
    """
    if path.name == STEP:
        return f"trained with labels, {path.parent.parent.name} left out"
    if path.name == EXPORTED and path.with_name("classifier.ckpt").is_file():
        return "trained with labels"
    return ""
