"""What `report` says of a corpus of recordings: the official test part, how subjects are decided on."""

from sb_contrastive.evaluation.classification.prediction_file import (
    read_predictions,
)
from sb_contrastive.stages.folders import system_folder


def held_out_predictions(experiment, runs):
    """Predictions of the official test part, of the systems that have heard it.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    runs : dict of str to dict
        {title: {system, fraction, ...}}

    Returns
    -------
    dict of str to list of dict
        Prediction rows by title.
    """
    found = {}
    for title, run in runs.items():
        folder = system_folder(experiment, run["system"], run["fraction"])
        path = folder / "held_out" / "predictions.csv"
        if path.is_file():
            found[title] = read_predictions(path)
    return found


def recordings_protocol(experiment):
    """What the protocol adds for a corpus of recordings.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `recordings`, `folds`, `chunk_seconds`, `hop_seconds`.

    Returns
    -------
    dict
        Empty for other corpora.
    """
    hparams = experiment.hparams
    if not hparams.get("recordings"):
        return {}
    return {
        "heard": hparams["recordings"],
        "folds": f"{hparams['folds']}, by subject, stratified",
        "decision": f"mean posterior of chunks of {hparams['chunk_seconds']} s"
        f" every {hparams['hop_seconds']} s",
    }
