"""Pretraining on the audio of all folds, for a final model that no fold is left to test."""

from sb_contrastive.experiment.provenance.told import is_elsewhere
from sb_contrastive.rows.labelled import labelled_rows
from sb_contrastive.stages.pretraining.stage import serves_each_fold_alone
from sb_contrastive.systems.folders import ALL_FOLDS

# Of a stage that pretrains in a way of its own for each fold
OWN = ("folds", "frames")


def stages_of_folds(experiment, start):
    """List the pretraining stages that a start is made by, fold by fold.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    start : str or None
        What a system starts from.

    Returns
    -------
    list of str
        In the order of training; empty where one encoder serves all folds.
    """
    if start is None or is_elsewhere(experiment, start):
        return []
    if start in experiment.systems():
        return stages_of_folds(experiment, experiment.system(start).start)
    if not serves_each_fold_alone(experiment, start):
        return []
    before = experiment.blueprint(start).options().get("start")
    null = before is None or before.tag.endswith(":null")
    return [
        *stages_of_folds(experiment, None if null else before.value),
        start,
    ]


def check_pretrain_on_all(experiment, name, stages):
    """Refuse stages that cannot pretrain on all data, or did so otherwise.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    name : str
        The stage that asks for it, for the message.
    stages : list of str
        From `stages_of_folds`.
    """
    experiment.settings.check(stages)
    for stage in stages:
        for option in OWN:
            if option in experiment.blueprint(stage).options():
                raise ValueError(
                    f"{name!r} needs an encoder of all data, and {stage} makes "
                    f"one for each fold with `{option}` of its own: give "
                    f"--unlabelled, so that one serves all, or another `start`"
                )


def pretrain_on_all(experiment, stages):
    """Pretrain on the audio of all folds, with the settings of each fold, in the
    folder `all_data` of each stage. What is there is left as it is.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    stages : list of str
        From `stages_of_folds`.
    """
    for stage in stages:
        experiment.settings.begin(stage)
        experiment.blueprint(stage).call(stage, folds=audio_of_all)


def audio_of_all(experiment):
    """Return the labelled rows of all folds, as `training_parts` does those of
    each.

    Arguments
    ---------
    experiment : Experiment
        The experiment.

    Returns
    -------
    dict of str to list of dict
    """
    return {ALL_FOLDS: experiment.once(labelled_rows)}
