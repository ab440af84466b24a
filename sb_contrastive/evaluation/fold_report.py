"""Keeps what one fold of a cross-validation has predicted, and reports on all folds that are done: the last step of a classification recipe."""

import json
from pathlib import Path
from statistics import fmean

from sb_contrastive.data.folds import natural_order
from sb_contrastive.evaluation.classification_outputs import (
    joint_speed,
    write_classification,
)
from sb_contrastive.evaluation.prediction_file import (
    prediction_file,
    read_predictions,
)
from sb_contrastive.files import write_atomically

PREDICTIONS, HELD_OUT, LOG = "predictions.csv", "held_out.csv", "log.json"


def keep_fold(folder, fold, rows, classes, ids, posteriors, speeds=()):
    """Writes a fold's predictions and the speed of its training to
    `fold_<fold>/`. Call it on the main process only.

    Arguments
    ---------
    folder : str or Path
        Output folder of all folds.
    fold : str or int
        The test fold.
    rows : list of dict
        Manifest rows of the test part.
    classes : list of str
        Class names.
    ids : list of str
        Utterances in the order of the posteriors.
    posteriors : torch.Tensor or list
        [N, C].
    speeds : iterable of dict
        What `TrainingBrain.speed` returns, of each training run. Those that
        found their training done tell nothing; if all have, what an earlier
        call has written stays.
    """
    own = _fold_folder(folder, fold)
    write_atomically(
        own / PREDICTIONS,
        prediction_file(rows, str(fold), classes, ids, posteriors),
    )
    speeds = [speed for speed in speeds if speed["train_seconds"]]
    if speeds:
        text = json.dumps(joint_speed(speeds))
        write_atomically(own / LOG, lambda path: path.write_text(text))


def keep_held_out(folder, fold, rows, classes, posteriors):
    """Writes what the model of one fold says of an official test part.

    Arguments
    ---------
    folder, fold, classes
        As for `keep_fold`.
    rows : list of dict
        Manifest rows, the same for each fold; labels may be missing.
    posteriors : torch.Tensor
        [N, C], in the order of the rows.
    """
    ids = [row["ID"] for row in rows]
    write_atomically(
        _fold_folder(folder, fold) / HELD_OUT,
        prediction_file(rows, "test", classes, ids, posteriors),
    )


def report_folds(folder, classes, experiment, seed, protocol, **options):
    """Scores all folds that are done, prints the tables and writes results.json
    and a confusion matrix. An official test part gets the mean posterior of
    their models. Call it on the main process only.

    Arguments
    ---------
    folder : str or Path
        Where `keep_fold` has left `fold_1`, `fold_2`, ...
    classes : list of str
        Class names.
    experiment : str
        Its name, also the title of the system.
    seed : int
        That of the experiment.
    protocol : dict
        How the numbers came about, at least `corpus` and `synthetic`; which
        folds are done is added.
    **options
        As for `write_classification`: `task`, `about`, `positive`.

    Returns
    -------
    dict
        What results.json holds.
    """
    done = {
        path.parent.name.removeprefix("fold_"): path
        for path in Path(folder).glob(f"fold_*/{PREDICTIONS}")
    }
    done = {fold: done[fold] for fold in sorted(done, key=natural_order)}
    logs = [path.with_name(LOG) for path in done.values()]
    speeds = [json.loads(p.read_text()) for p in logs if p.is_file()]
    heard = [path.with_name(HELD_OUT) for path in done.values()]
    heard = [read_predictions(p) for p in heard if p.is_file()]
    return write_classification(
        folder,
        {experiment: {f: read_predictions(p) for f, p in done.items()}},
        classes,
        experiment=experiment,
        seed=seed,
        protocol={**protocol, "folds": list(done)},
        speed=joint_speed(speeds) if speeds else {},
        held_out={experiment: mean_predictions(heard, classes)}
        if heard
        else None,
        **options,
    )


def mean_predictions(models, classes):
    """Averages the posteriors of several models.

    Arguments
    ---------
    models : list of list of dict
        Prediction rows of each, all of the same utterances in one order.
    classes : list of str
        Class names.

    Returns
    -------
    list of dict
        Prediction rows.

    Example
    -------
    >>> models = [[{"ID": "a", "p_x": p, "p_y": 1 - p}] for p in (0.9, 0.3)]
    >>> [row] = mean_predictions(models, ["x", "y"])
    >>> row["prediction"], round(row["p_x"], 3)
    ('x', 0.6)
    """
    averaged = []
    for same in zip(*models, strict=True):
        ids = {row["ID"] for row in same}
        if len(ids) > 1:
            raise ValueError(
                f"{' and '.join(sorted(ids))} stand in one place of held_out"
                f".csv of two folds: delete the fold that heard another corpus"
            )
        mean = {
            f"p_{name}": fmean(float(row[f"p_{name}"]) for row in same)
            for name in classes
        }
        best = max(classes, key=lambda name: mean[f"p_{name}"])
        averaged.append({**same[0], **mean, "prediction": best})
    return averaged


def _fold_folder(folder, fold):
    own = Path(folder) / f"fold_{fold}"
    own.mkdir(parents=True, exist_ok=True)
    return own
