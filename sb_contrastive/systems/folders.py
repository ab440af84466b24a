"""Folds and shares of the labels that were asked for, and the folders of an experiment."""

from sb_contrastive.data.folds.folds import fold_names
from sb_contrastive.data.oracle_notice import is_oracle, leave_oracle_notice
from sb_contrastive.encoders.weights import CHECKPOINT, weight_files
from sb_contrastive.experiment.provenance.told import (
    is_elsewhere,
    left_by_debug,
)
from sb_contrastive.experiment.schema import stage_names
from sb_contrastive.suggestions import did_you_mean
from sb_contrastive.systems.elsewhere import weights_elsewhere

# Instead of a test fold where nothing is left to test; no fold may hold a slash
ALL_FOLDS = "all/folds"


def fractions(given):
    """Read the shares of the labels to use.

    Arguments
    ---------
    given : float or list of float
        One, or several.

    Returns
    -------
    list of float

    Raises
    ------
    ValueError
        When one is no share.

    Example
    -------
    >>> fractions(1)
    [1.0]
    """
    shares = [float(f) for f in (given if isinstance(given, list) else [given])]
    for share in shares:
        if not 0 < share <= 1:
            raise ValueError(
                f"--label_fraction is a share in (0, 1], got {share}: write 0.1 "
                f"for 10 % of the training labels"
            )
    return shares


def chosen_folds(rows, fold=None, debug=False):
    """List the folds to test, all or the one asked for.

    Arguments
    ---------
    rows : list of dict
        Labelled manifest rows.
    fold : str, optional
        One fold by name.
    debug : bool
        Whether the first fold will do: `--debug` tries each line once.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        When there is no such fold.
    """
    folds = fold_names(rows)
    if fold is None:
        return folds[:1] if debug else folds
    if str(fold) not in folds:
        raise ValueError(
            f"there is no fold {str(fold)!r}: the folds are {', '.join(folds)}"
        )
    return [str(fold)]


def fold_folder(folder, fold):
    """Return the folder of a test fold, of whatever is trained for each.

    Arguments
    ---------
    folder : pathlib.Path
        Of all folds.
    fold : str or None
        The test fold; None or `ALL_FOLDS` for a training on all data.

    Returns
    -------
    pathlib.Path
    """
    if fold in (None, ALL_FOLDS):
        return folder / "all_data"
    return folder / f"fold_{fold}"


def system_folder(experiment, system, fraction):
    """Return the folder of a system's folds at a share of the labels.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    system : str
        Name of the system.
    fraction : float
        Share of the training labels, in (0, 1].

    Returns
    -------
    pathlib.Path
        Such as labels_010/two_step; of 3.6 %, labels_003.6/two_step.
    """
    whole, _, rest = f"{100 * fraction:.12g}".partition(".")
    share = f"{int(whole):03d}" + (f".{rest}" if rest else "")
    return experiment.folder / f"labels_{share}" / system


def pretrained_weights(experiment, stage, fold):
    """Find the encoder that a pretraining stage has left for a test fold.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    stage : str
        Name of the pretraining stage, or, where it names none, a place outside the
        experiment, see `weights_elsewhere`.
    fold : str or None
        The test fold; None where one pretraining serves all, or was done on the
        audio of all.

    Returns
    -------
    pathlib.Path
        For `load_weights`.
    """
    if is_elsewhere(experiment, stage):
        try:
            path = weights_elsewhere(stage, None if fold == ALL_FOLDS else fold)
        except FileNotFoundError as error:
            hint = did_you_mean(str(stage), stage_names(experiment.document))
            raise FileNotFoundError(f"{error}{hint}") from error
        if not experiment.debug and left_by_debug(path):
            raise ValueError(
                f"{path} was left by a debug run, of a few batches: give "
                f"the folder of a run without --debug as `start`"
            )
        if is_oracle(path.parent) and not is_oracle(experiment.folder):
            leave_oracle_notice(experiment.folder)
        experiment.taken(weight_files(path))
        return path
    folder = experiment.folder / stage
    for path in (folder / CHECKPOINT, fold_folder(folder, fold) / CHECKPOINT):
        if path.is_file():
            experiment.taken([path])
            return path
    what = "no encoder" if fold is None else f"no encoder for fold {fold}"
    raise FileNotFoundError(
        f"{folder} holds {what}: put {stage!r} before this stage in `stages`"
    )


def pretraining_logs(experiment):
    """Find the logs of the pretraining stages that have run.

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
