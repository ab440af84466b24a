"""Predictions for a held-out test part: the mean posteriors of several models, such as those of all folds."""

from statistics import fmean

from sb_contrastive.evaluation.classification.prediction_file import (
    prediction_rows,
)


def ensemble_predictions(posteriors, rows, classes):
    """Predicts utterances by the mean posteriors of several models.

    Arguments
    ---------
    posteriors : iterable of torch.Tensor
        Class posteriors [N, C] of each model, such as from `class_posteriors`.
        A generator that builds one model at a time needs the memory of one.
    rows : list of dict
        Manifest rows [N], with or without labels.
    classes : list of str
        The C class names, in the order of the posteriors.

    Returns
    -------
    list of dict
        Prediction rows of the fold "test", see `prediction_rows`.

    Example
    -------
    >>> rows = [{"ID": "a", "spk_id": "ann"}]
    >>> models = [[[0.9, 0.1]], [[0.4, 0.6]], [[0.4, 0.6]]]
    >>> [row] = ensemble_predictions(models, rows, ["ill", "well"])
    >>> row["prediction"], round(row["p_ill"], 3)
    ('ill', 0.567)
    """
    ids = [row["ID"] for row in rows]
    return mean_predictions(
        [prediction_rows(rows, "test", classes, ids, p) for p in posteriors],
        classes,
    )


def mean_predictions(models, classes):
    """Averages the posteriors of several models.

    Arguments
    ---------
    models : list of list of dict
        Prediction rows of each model, all of the same utterances in one order.
    classes : list of str
        Class names.

    Returns
    -------
    list of dict
        Prediction rows.

    Raises
    ------
    ValueError
        When the models have predicted different utterances.

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
                f"{' and '.join(sorted(ids))} stand in one place of the "
                "held-out predictions of two folds: delete the fold that was "
                "tested on another corpus"
            )
        mean = {
            f"p_{name}": fmean(float(row[f"p_{name}"]) for row in same)
            for name in classes
        }
        best = max(classes, key=lambda name: mean[f"p_{name}"])
        averaged.append({**same[0], **mean, "prediction": best})
    return averaged
