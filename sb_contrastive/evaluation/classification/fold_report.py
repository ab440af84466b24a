"""Judges one fold of a cross-validation, and all folds that are done by then: the last step of a classification recipe."""

import json
from pathlib import Path
from statistics import fmean

from sb_contrastive.data.folds.folds import natural_order
from sb_contrastive.distributed import unwrap
from sb_contrastive.evaluation.classification.outputs import (
    joint_speed,
    write_classification,
)
from sb_contrastive.evaluation.classification.posteriors import class_posteriors
from sb_contrastive.evaluation.classification.prediction_file import (
    prediction_file,
    read_predictions,
)
from sb_contrastive.files import write_atomically
from sb_contrastive.synthetic.wave_files import is_synthetic

PREDICTIONS, HELD_OUT, LOG = "predictions.csv", "held_out.csv", "log.json"


def evaluate_fold(
    brain,
    rows,
    fold,
    folder,
    experiment,
    seed,
    corpus,
    protocol,
    speeds,
    held_out=(),
    **options,
):
    """Keeps what a fold's model has predicted in `fold_<fold>/`, scores all
    folds that lie there, prints their tables, and leaves results.json and a
    confusion matrix. Call it on the main process only.

    Arguments
    ---------
    brain : ClassificationBrain
        It has just evaluated the test part.
    rows : list of dict
        Manifest rows of the test part.
    fold : str or int
        The test fold.
    folder : str or Path
        Output folder of all folds.
    experiment : str
        Its name, also the title of the system.
    seed : int
        That of the experiment.
    corpus : str or Path
        Data folder.
    protocol : dict
        How the numbers came about: at least `split`, `selection` and
        `pretraining`.
    speeds : list of dict
        What `TrainingBrain.speed` returns, of each training run. Those that
        found their training done tell nothing; if all have, what an earlier
        call has written stays.
    held_out : list of dict
        Manifest rows of an official test part, the same for each fold, maybe
        without labels: it gets the mean posterior of all folds' models.
    **options
        As for `write_classification`: `task`, `about`, `positive`.

    Returns
    -------
    dict
        What results.json holds.
    """
    classes, own = brain.classes, Path(folder) / f"fold_{fold}"
    write_atomically(
        own / PREDICTIONS,
        prediction_file(rows, str(fold), classes, brain.ids, brain.posteriors),
    )
    if held_out:
        posteriors = class_posteriors(
            brain.pretrained_encoder(),
            unwrap(brain.modules.classifier),  # one process is here
            held_out,
            brain.device,
        )
        ids = [row["ID"] for row in held_out]
        write_atomically(
            own / HELD_OUT,
            prediction_file(held_out, "test", classes, ids, posteriors),
        )
    speeds = [speed for speed in speeds if speed["train_seconds"]]
    if speeds:
        text = json.dumps(joint_speed(speeds))
        write_atomically(own / LOG, lambda path: path.write_text(text))
    return report_folds(
        folder,
        classes,
        experiment,
        seed,
        {
            "corpus": str(corpus),
            "classes": classes,
            **protocol,
            "synthetic": is_synthetic(corpus),
        },
        **options,
    )


def report_folds(folder, classes, experiment, seed, protocol, **options):
    """Scores all folds that are done.

    Arguments
    ---------
    folder : str or Path
        Where `evaluate_fold` has left `fold_1`, `fold_2`, ...
    classes : list of str
        Class names.
    experiment, seed
        As for `evaluate_fold`.
    protocol : dict
        At least `corpus` and `synthetic`; which folds are done is added.
    **options
        As for `evaluate_fold`.

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
    held_out = {experiment: mean_predictions(heard, classes)} if heard else {}
    return write_classification(
        folder,
        {experiment: {f: read_predictions(p) for f, p in done.items()}},
        classes,
        experiment=experiment,
        seed=seed,
        protocol={**protocol, "folds": list(done)},
        speed=joint_speed(speeds) if speeds else {},
        held_out=held_out,
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
