"""Judges the epochs of a pretraining by labels, for studies of what could have been chosen."""

from sb_contrastive.brains.logs.judged_trials import JudgedTrials
from sb_contrastive.data.folds.folds import fold_column, fold_names
from sb_contrastive.evaluation.classification.report import (
    classification_report,
)
from sb_contrastive.evaluation.embeddings.embed import embed
from sb_contrastive.rows.labelled import class_names, labelled_rows
from sb_contrastive.rows.speakers import training_rows, trial_sets
from sb_contrastive.systems.folders import ALL_FOLDS
from sb_contrastive.systems.probing.fitting import ProbeFit, posteriors

STRENGTH = 0.01  # C of the probe, for all epochs alike


def judge_for(experiment, rows, test=None):
    """Make what judges the epochs of an experiment.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    rows : callable
        Those that it pretrains on, see `pretrain`: with `training_rows`, epochs
        are judged by its trial lists, else by a linear probe of its labels.
    test : str, optional
        The test fold, where each fold has a pretraining of its own: only this
        one is judged by, since the encoder has heard the others.

    Returns
    -------
    callable
        The Brain -> figures by name.
    """
    if rows is training_rows:
        return JudgedTrials(experiment.once(trial_sets))
    labelled = experiment.once(labelled_rows)
    names = class_names(labelled, experiment.hparams.get("classes"))
    tested = None if test in (None, ALL_FOLDS) else [test]
    return JudgedClasses(labelled, names, tested)


class JudgedClasses:
    """Classifies each fold by a linear probe that is fitted to the others.

    Arguments
    ---------
    rows : list of dict
        Labelled manifest rows.
    classes : list of str
        Their labels.
    tested : list of str, optional
        Folds that are classified; all when absent.
    """

    def __init__(self, rows, classes, tested=None):
        self.rows, self.classes = rows, classes
        self.tested = tested or fold_names(rows)

    def __call__(self, brain):
        """Judge after an epoch, on each process alike.

        Arguments
        ---------
        brain : TrainingBrain
            Has the encoder.

        Returns
        -------
        dict of str to float
            `UA_probe`: the unweighted accuracy over all folds that are
            classified, a fraction.
        """
        z = embed(brain.pretrained_encoder(), self.rows, device=brain.device)
        known = {row["ID"]: vector for row, vector in zip(self.rows, z)}
        fit = ProbeFit(known, self.classes, "logistic_regression")
        column, true, found = fold_column(self.rows), [], []
        for fold in self.tested:
            own = [row for row in self.rows if str(row[column]) == fold]
            rest = [row for row in self.rows if str(row[column]) != fold]
            classifier = fit.classifier(rest, STRENGTH)
            vectors = [known[row["ID"]] for row in own]
            numbers = posteriors(classifier, vectors).argmax(dim=1)
            found += [self.classes[number] for number in numbers]
            true += [row["label"] for row in own]
        return {
            "UA_probe": classification_report(true, found, self.classes)["UA"]
        }
