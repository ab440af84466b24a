"""What an experiment has been asked to cover, and where each part lies in its output folder."""

from pathlib import Path

from sb_contrastive.data.folds.folds import fold_names


def fractions(hparams):
    """Label fractions of an experiment.

    Arguments
    ---------
    hparams : dict
        The experiment's values; `label_fraction` is one or a list.

    Returns
    -------
    list of float

    Example
    -------
    >>> fractions({"label_fraction": 1})
    [1.0]
    """
    given = hparams["label_fraction"]
    shares = [float(f) for f in (given if isinstance(given, list) else [given])]
    for share in shares:
        if not 0 < share <= 1:
            raise ValueError(
                f"label_fraction is a share in (0, 1], got {share}: write 0.1 "
                f"for 10 % of the training labels"
            )
    return shares


def chosen_folds(hparams, rows):
    """The folds to test, all or the one asked for.

    Arguments
    ---------
    hparams : dict
        The experiment's values; `fold` names one or is None.
    rows : list of dict
        Labelled manifest rows.

    Returns
    -------
    list of str
    """
    folds = fold_names(rows)
    if hparams["fold"] is None:
        return folds
    fold = str(hparams["fold"])
    if fold not in folds:
        raise ValueError(
            f"there is no fold {fold!r}: the folds are {', '.join(folds)}"
        )
    return [fold]


def system_folder(experiment, system, fraction):
    """Folder of a system's folds at a label fraction.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    system : str
        Name of the stage that trains it.
    fraction : float
        Share of the training labels, in (0, 1].

    Returns
    -------
    pathlib.Path
    """
    return experiment.folder / f"labels_{round(100 * fraction):03d}" / system


def pretrained_weights(experiment, stage, fold):
    """The encoder that a pretraining stage has left for a test fold.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    stage : str
        Name of the pretraining stage, or, with a slash in it, the folder of
        another experiment's, e.g. results/dino_ser/1986/pretrain.
    fold : str or None
        The test fold; None where one pretraining serves all.

    Returns
    -------
    pathlib.Path
    """
    elsewhere = "/" in str(stage)
    folder = Path(stage) if elsewhere else experiment.folder / stage
    for path in (
        folder / "encoder.ckpt",
        folder / f"fold_{fold}" / "encoder.ckpt",
    ):
        if path.is_file():
            return path
    if elsewhere:
        raise FileNotFoundError(
            f"{folder} holds no encoder.ckpt, neither for all folds nor for "
            f"fold {fold}: give the folder of a pretraining stage that has run"
        )
    what = "no encoder" if fold is None else f"no encoder for fold {fold}"
    raise FileNotFoundError(
        f"{folder} holds {what}: put {stage!r} before this stage in `stages`"
    )


def pretraining_logs(experiment):
    """What the pretraining stages that have run have logged.

    Arguments
    ---------
    experiment : Experiment
        The experiment.

    Returns
    -------
    list of pathlib.Path
        Each log.json beside an encoder.ckpt, of all folds or of one.
    """
    found = [
        *experiment.folder.glob("*/log.json"),
        *experiment.folder.glob("*/fold_*/log.json"),
    ]
    return sorted(p for p in found if p.with_name("encoder.ckpt").is_file())
