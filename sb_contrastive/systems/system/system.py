"""Systems: an encoder with a classifier, trained in steps and tested on every fold."""

import json
import os
import statistics

from sb_contrastive.data.folds.folds import fold_names, split_fold
from sb_contrastive.data.folds.label_fraction import (
    label_fraction as fraction_of,
)
from sb_contrastive.device import run_device
from sb_contrastive.encoders.weights_file import weights_from
from sb_contrastive.evaluation.classification.prediction_file import (
    read_predictions,
)
from sb_contrastive.experiment.blueprint import Blueprint
from sb_contrastive.progress import current
from sb_contrastive.ranges import Count, Fraction
from sb_contrastive.rows.labelled import class_names, labelled_rows
from sb_contrastive.systems.folders import (
    chosen_folds,
    fold_folder,
    fractions,
    pretrained_weights,
    system_folder,
)
from sb_contrastive.systems.part import Part
from sb_contrastive.systems.system.checks import check_system
from sb_contrastive.systems.system.fold import (
    DONE,
    tell_result,
    train_and_test,
)
from sb_contrastive.systems.system.side_by_side import (
    SideBySide,
    helpers_for,
)
from sb_contrastive.training.garbage import free_trained


class System:
    """Trains a classifier for each test fold, in one or more steps, and writes
    its predictions on that fold.

    Other stages ask a system for its folds, its logs, its predictions and the
    networks it has trained, and need not know of which steps it is made.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    name : str
        Name of the system, and of its folder.
    steps : list of Blueprint
        Training steps such as `ClassifierStep`, in order; each starts from the
        best checkpoint of the one before, and the last predicts classes.
    start : str, optional
        The stage whose encoder it starts from: a pretraining stage, a system
        that was trained on the same fold and labels, or the folder of a stage in
        another experiment; random weights when absent.
    rows : callable
        Experiment -> labelled manifest rows, with folds: a control may hear
        something else of the same speakers.
    fold : str, optional
        One test fold by name; all in turn when absent.
    validation : str
        How the validation part is chosen, see `split_fold`.
    label_fraction : float or list of float
        Share of the training labels to use, or several.
    classes : list of str, optional
        See `labelled_rows`.
    training_chunks, test_chunks : callable, optional
        Rows of recordings -> rows of chunks, see `chunk_rows`.
    batch_size : int
        Utterances in a batch of the test part.
    fold_jobs : int, optional
        Folds that are trained side by side, see `helpers_for`.
    """

    def __init__(
        self,
        experiment,
        name,
        /,
        steps: list[Blueprint],
        start: str | None = None,
        rows=labelled_rows,
        *,
        fold: str | None = None,
        validation: str = "next_fold",
        label_fraction: Fraction | list[Fraction] = 1.0,
        classes: list[str] | None = None,
        training_chunks=None,
        test_chunks=None,
        batch_size: Count = 32,
        fold_jobs: Count | None = None,
    ):
        self.experiment, self.name = experiment, name
        self.steps, self.start, self.source = steps, start, rows
        self.fold, self.validation = fold, validation
        self.fractions = fractions(label_fraction)
        self.training_chunks, self.test_chunks = training_chunks, test_chunks
        self.wanted, self.batch_size = classes, batch_size
        self.fold_jobs = fold_jobs
        if not steps:
            raise ValueError(f"{name} has no steps: name at least one")
        if not steps[-1].target.predicts:
            raise ValueError(
                f"{name} ends with the step {steps[-1].key!r}, which predicts "
                f"no classes: let one follow that does"
            )

    @property
    def rows(self):
        """All its labelled manifest rows."""
        return self.experiment.once(self.source)

    @property
    def classes(self):
        """The classes, in the order of the classifier's outputs."""
        return class_names(self.experiment.once(labelled_rows), self.wanted)

    def check(self):
        """Refuse what could not be trained: folds, classes and a start that are
        not there, and weights of another network."""
        check_system(self)

    def check_exported(self):
        """Refuse a last step whose networks no model folder can hold."""
        last = self.steps[-1]
        if hasattr(last.target, "check_exported"):
            part = self.without_audio(max(self.fractions), None)
            last.call(part, last.key).check_exported()

    def run(self):
        """Train and test on each fold that has not been finished yet."""
        units, shown, scores = self.unfinished(), current(), []
        helpers, main = self.helpers(len(units)), os.getpid()

        def train(number):
            fraction, fold, names = units[number]
            settings = self.experiment.settings
            if os.getpid() == main:
                settings.trains(self.folder(fraction, fold))
            else:
                settings.stage = None  # the main process notes what was used
            with shown.naming(", ".join(names)):
                train_and_test(self, self.part(fraction, fold), fraction)
            free_trained()

        with SideBySide(train, len(units), helpers) as work:
            for number, seconds in work:
                fraction, fold, names = units[number]
                folder = self.folder(fraction, fold)
                scores.append(tell_result(self, fold, folder, names, seconds))
                if number in work.elsewhere:
                    self.experiment.settings.trains(folder)
                    shown.plan.end_last(self.name, len(self.steps))
        shown.result = "all folds were finished before"
        if scores:
            mean = statistics.fmean(scores)
            shown.result = f"mean UA {mean:.1%} of {len(scores)} test folds"

    def unfinished(self):
        """List the folds that are still to be trained: (share of the labels,
        fold, the names by which it is shown)."""
        folds, units = self.chosen_folds(), []
        for fraction in self.fractions:
            for number, fold in enumerate(folds, start=1):
                names = [f"fold {number} of {len(folds)}"]
                if len(self.fractions) > 1 or fraction < 1:
                    names.insert(0, f"{fraction:.3g} of the labels")
                if not self.is_finished(fraction, fold):
                    units.append((fraction, fold, names))
        return units

    def helpers(self, count):
        """Count the processes that train folds beside this one."""
        jobs = self.fold_jobs
        apart = (getattr(s.target, "shares_nothing", False) for s in self.steps)
        if jobs is None and (self.experiment.debug or not all(apart)):
            jobs = 1
        device = run_device(self.experiment.run_opts)
        return helpers_for(jobs, count, device)

    def folder(self, fraction, fold):
        """Return the folder of a fold at a share of the labels; of the training on
        all data where the fold is None."""
        own = system_folder(self.experiment, self.name, fraction)
        return fold_folder(own, fold)

    def part(self, fraction, fold):
        """Split the rows for a test fold.

        Arguments
        ---------
        fraction : float
            Share of the training labels, in (0, 1].
        fold : str
            The test fold.

        Returns
        -------
        Part
        """
        train, valid, test = split_fold(self.rows, fold, self.validation)
        train = fraction_of(train, fraction, self.experiment.seed)
        # After the split: chunks of a recording stay on one side
        if self.training_chunks is not None:
            train = self.training_chunks(train)
        return Part(
            self.folder(fraction, fold),
            fold,
            self.classes,
            train,
            self.tested(valid),
            self.tested(test),
        )

    def without_audio(self, fraction, fold):
        """Return a part as `part` does, without rows: no audio is needed to build
        a network, so none is split."""
        folder = self.folder(fraction, fold)
        return Part(folder, fold, self.classes, [], [], [])

    def tested(self, rows):
        """Return the rows that are predicted: recordings are cut into chunks."""
        return rows if self.test_chunks is None else self.test_chunks(rows)

    def finished(self, fraction):
        """List the folds that have been trained and tested.

        Arguments
        ---------
        fraction : float
            Share of the training labels.

        Returns
        -------
        list of str
            In the order of the folds, whatever this call was asked for.
        """
        return [
            fold
            for fold in fold_names(self.rows)
            if self.is_finished(fraction, fold)
        ]

    def predictions(self, fraction):
        """Read what was predicted: {fold: prediction rows} of finished folds."""
        return {
            fold: read_predictions(self.folder(fraction, fold) / DONE)
            for fold in self.finished(fraction)
        }

    def is_finished(self, fraction, fold):
        """Tell whether a fold has been trained and tested."""
        return (self.folder(fraction, fold) / DONE).is_file()

    def logs(self, fraction, name="log.json"):
        """Read what the steps have left: {fold: {step: contents of the file}}."""
        return {
            fold: {
                step.key: json.loads(path.read_text(encoding="utf-8"))
                for step in self.steps
                if (
                    path := self.folder(fraction, fold) / step.key / name
                ).is_file()
            }
            for fold in self.finished(fraction)
        }

    def pretrained(self, fraction, fold):
        """Return the file of the encoder that it starts from; None for random
        weights.

        Arguments
        ---------
        fraction : float
            Share of the training labels.
        fold : str
            The test fold.

        Returns
        -------
        pathlib.Path or None
        """
        if self.start is None:
            return None
        if self.start in self.experiment.systems():
            before = self.experiment.system(self.start)
            weights = before.weights(fraction, fold)
            if not weights.is_file():
                raise FileNotFoundError(
                    f"{self.name} starts from the system {self.start}, which "
                    f"has not been trained on fold {fold} with this share of "
                    f"the labels: put {self.start!r} before {self.name!r} in "
                    f"`stages`"
                )
            self.experiment.taken([weights])
            return weights
        return pretrained_weights(self.experiment, self.start, fold)

    def weights(self, fraction, fold):
        """Return the file with the best weights of the last step."""
        return self.folder(fraction, fold) / self.steps[-1].key / "model.ckpt"

    def trained(self, fraction, fold):
        """Build the networks of the last step, with their best weights.

        Arguments
        ---------
        fraction : float
            Share of the training labels.
        fold : str or None
            A finished fold; None for the training on all data.

        Returns
        -------
        step : ClassifierStep
            The last one, which knows how its inputs are made.
        modules : torch.nn.ModuleDict
            `encoder`, `classifier` and, where the classifier reads what it makes
            of embeddings, `projector`; in evaluation mode.
        """
        part = self.without_audio(fraction, fold)
        step = self.steps[-1].call(part, self.steps[-1].key)
        modules = step.networks()
        with weights_from(self.weights(fraction, fold)) as state:
            modules.load_state_dict(state)
        return step, modules.eval()

    def chosen_folds(self):
        """List the folds that this call asks for."""
        return chosen_folds(self.rows, self.fold, self.experiment.debug)
