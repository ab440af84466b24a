"""Report of a cross-validation whose folds are separate runs: the last step of a classification recipe."""

import json
from pathlib import Path

from sb_contrastive.data.folds.folds import natural_order
from sb_contrastive.distributed import unwrap
from sb_contrastive.evaluation.classification.held_out import (
    ensemble_predictions,
    mean_predictions,
)
from sb_contrastive.evaluation.classification.outputs import (
    write_classification,
)
from sb_contrastive.evaluation.classification.posteriors import class_posteriors
from sb_contrastive.evaluation.classification.prediction_file import (
    prediction_rows,
    read_predictions,
    write_predictions,
)
from sb_contrastive.evaluation.corpus_note import corpus_entries
from sb_contrastive.evaluation.speed import joint_speed
from sb_contrastive.files import write_atomically

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
    """Writes the predictions of a fold's model to `fold_<fold>/`, scores all
    folds that are there, prints their tables, and writes results.json and a
    confusion matrix. Call this function on the main process only.

    Arguments
    ---------
    brain : ClassificationBrain
        A brain that has just evaluated the test part.
    rows : list of dict
        Manifest rows of the test part.
    fold : str or int
        The test fold.
    folder : str or Path
        Output folder of all folds.
    experiment : str
        Name of the experiment, also the title of the system.
    seed : int
        Seed of the experiment.
    corpus : str or Path
        Data folder.
    protocol : dict
        Facts about how the numbers came about: at least `split`, `selection`
        and `pretraining`.
    speeds : list of dict
        The figures of `TrainingBrain.speed` of each training run. Runs that
        found their training finished have no training time and are left out;
        if all are, the figures of an earlier call are kept.
    held_out : list of dict
        Manifest rows of an official test part, the same for each fold, with or
        without labels: they get the mean posteriors of the models of all folds.
    **options
        As for `write_classification`: `task`, `about`, `positive`.

    Returns
    -------
    dict
        The content of results.json.
    """
    classes, own = brain.classes, Path(folder) / f"fold_{fold}"
    predictions = prediction_rows(
        rows, str(fold), classes, brain.ids, brain.posteriors
    )
    write_predictions(own / PREDICTIONS, predictions)
    if held_out:
        posteriors = class_posteriors(
            brain.pretrained_encoder(),
            unwrap(brain.modules.classifier),
            held_out,
            brain.device,
        )
        tested = ensemble_predictions([posteriors], held_out, classes)
        write_predictions(own / HELD_OUT, tested)
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
            **corpus_entries(corpus),
            "classes": classes,
            **protocol,
        },
        **options,
    )


def report_folds(folder, classes, experiment, seed, protocol, **options):
    """Scores all folds that are finished.

    Arguments
    ---------
    folder : str or Path
        The folder to which `evaluate_fold` has written `fold_1`, `fold_2`, ...
    classes : list of str
        Class names.
    experiment, seed
        As for `evaluate_fold`.
    protocol : dict
        At least `corpus` and `synthetic`; the finished folds are added.
    **options
        As for `evaluate_fold`.

    Returns
    -------
    dict
        The content of results.json.
    """
    done = {
        path.parent.name.removeprefix("fold_"): path
        for path in Path(folder).glob(f"fold_*/{PREDICTIONS}")
    }
    done = {fold: done[fold] for fold in sorted(done, key=natural_order)}
    logs = [path.with_name(LOG) for path in done.values()]
    speeds = [json.loads(p.read_text()) for p in logs if p.is_file()]
    tested = [path.with_name(HELD_OUT) for path in done.values()]
    tested = [read_predictions(p) for p in tested if p.is_file()]
    held_out = {experiment: mean_predictions(tested, classes)} if tested else {}
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
