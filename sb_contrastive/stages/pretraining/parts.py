"""The rows that each run of a pretraining hears: an unlabelled corpus, or the training part of each fold."""

from sb_contrastive.data.folds.folds import split_fold
from sb_contrastive.rows.labelled import labelled_rows
from sb_contrastive.systems.folders import chosen_folds, fold_folder


def training_parts(
    experiment,
    labelled=labelled_rows,
    *,
    fold: str | None = None,
    validation: str = "next_fold",
):
    """Return the training part of each fold.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    labelled : callable
        Experiment -> labelled rows.
    fold : str, optional
        One test fold by name; all when absent.
    validation : str
        How the validation part of a fold is chosen, see `split_fold`.

    Returns
    -------
    dict of str to list of dict
        Test fold -> manifest rows.
    """
    rows = experiment.once(labelled)
    return {
        test: split_fold(rows, test, validation)[0]
        for test in chosen_folds(rows, fold, experiment.debug)
    }


def run_folder(experiment, name, test):
    """Return the folder of a run, of all folds or of one.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    name : str
        Name of the stage.
    test : str or None
        A test fold; None where one run serves all.

    Returns
    -------
    pathlib.Path
    """
    folder = experiment.folder / name
    return folder if test is None else fold_folder(folder, test)


def heard_parts(experiment, in_domain, rows, folds):
    """Return what each run of a stage hears.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    in_domain, rows, folds
        See `pretrain`.

    Returns
    -------
    dict of str to list of dict
        Test fold -> manifest rows; None -> those of the one run that serves all.
    """
    unlabelled = None if in_domain else experiment.once(rows)
    if unlabelled is not None:
        return {None: unlabelled}
    return experiment.once(folds)
