"""Systems: an encoder with a classifier, trained in steps and tested on every fold."""

import json
import shutil
import statistics
import time

from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.folds.folds import fold_names, split_fold
from sb_contrastive.data.folds.label_fraction import (
    label_fraction as fraction_of,
)
from sb_contrastive.evaluation.classification.prediction_file import (
    read_predictions,
    write_predictions,
)
from sb_contrastive.evaluation.classification.report import (
    classification_report,
)
from sb_contrastive.experiment.blueprint import Blueprint
from sb_contrastive.experiment.schema import stages_before
from sb_contrastive.progress import current
from sb_contrastive.progress.duration import duration
from sb_contrastive.ranges import Count, Fraction
from sb_contrastive.rows.labelled import class_names, labelled_rows
from sb_contrastive.systems.elsewhere import labels_heard
from sb_contrastive.systems.folders import (
    chosen_folds,
    fold_folder,
    fractions,
    pretrained_weights,
    system_folder,
)
from sb_contrastive.systems.part import Part
from sb_contrastive.training.garbage import free_trained
from sb_contrastive.weights_file import weights_from

logger = get_logger(__name__)

DONE = "predictions.csv"


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
    ):
        self.experiment, self.name = experiment, name
        self.steps, self.start, self.source = steps, start, rows
        self.fold, self.validation = fold, validation
        self.fractions = fractions(label_fraction)
        self.training_chunks, self.test_chunks = training_chunks, test_chunks
        self.wanted, self.batch_size = classes, batch_size
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
        stages = self.experiment.hparams["stages"]
        before, starts = stages_before(stages, self.name), set()
        for fold in self.chosen_folds():
            part = self.part(min(self.fractions), fold)
            self._check_batches(part)
            self._check_steps(part)
            self._expect(fold)
            if self.start is not None and self.start not in before:
                for fraction in self.fractions:
                    starts.add(start := self.pretrained(fraction, fold))
                self._warn(start, fold)
            if not all(
                (self.folder(fraction, fold) / DONE).is_file()
                for fraction in self.fractions
            ):
                self.experiment.settings.check_processes(self.name)
        for start in starts:
            self._check_start(start)

    def check_exported(self):
        """Refuse a last step whose networks no model folder can hold."""
        last = self.steps[-1]
        if hasattr(last.target, "check_exported"):
            part = self._without_audio(max(self.fractions), None)
            last.call(part, last.key).check_exported()

    def run(self):
        """Train and test on each fold that has not been finished yet."""
        folds, shown, scores = self.chosen_folds(), current(), []
        for fraction in self.fractions:
            for number, fold in enumerate(folds, start=1):
                folder = self.folder(fraction, fold)
                if (folder / DONE).is_file():
                    continue
                names = [f"fold {number} of {len(folds)}"]
                if len(self.fractions) > 1 or fraction < 1:
                    names.insert(0, f"{fraction:.3g} of the labels")
                begin = time.monotonic()
                self.experiment.settings.trains(folder)
                with shown.naming(", ".join(names)):
                    self._train_and_test(self.part(fraction, fold), fraction)
                took = time.monotonic() - begin
                scores.append(self._tell(fold, folder, names, took))
                free_trained()
        shown.result = "all folds were finished before"
        if scores:
            mean = statistics.fmean(scores)
            shown.result = f"mean UA {mean:.1%} of {len(scores)} test folds"

    def folder(self, fraction, fold):
        """Return the folder of a fold at a share of the labels; of the training on
        all data where the fold is None."""
        return fold_folder(self._folder(fraction), fold)

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
            if (self.folder(fraction, fold) / DONE).is_file()
        ]

    def predictions(self, fraction):
        """Read what was predicted: {fold: prediction rows} of finished folds."""
        return {
            fold: read_predictions(self.folder(fraction, fold) / DONE)
            for fold in self.finished(fraction)
        }

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
        part = self._without_audio(fraction, fold)
        step = self.steps[-1].call(part, self.steps[-1].key)
        modules = step.networks()
        with weights_from(self.weights(fraction, fold)) as state:
            modules.load_state_dict(state)
        return step, modules.eval()

    def chosen_folds(self):
        """List the folds that this call asks for."""
        return chosen_folds(self.rows, self.fold, self.experiment.debug)

    def _check_steps(self, part):
        """Let the steps refuse what they cannot work with."""
        first = part.fold == self.chosen_folds()[0]
        for step in self.steps:
            step.ask("check_part", part, step.key)
            # Networks and what they are made of are alike on all folds
            if first:
                step.ask("check_values", part, step.key)
                if hasattr(step.target, "check"):
                    step.call(part, step.key).check()

    def _without_audio(self, fraction, fold):
        # No audio is needed to build a network, so none is split
        folder = self.folder(fraction, fold)
        return Part(folder, fold, self.classes, [], [], [])

    def _check_batches(self, part):
        """Refuse batches of one: batch normalisation takes two in training."""
        if self.batch_size < 2:
            raise ValueError(
                f"--batch_size is {self.batch_size}, and batch normalisation "
                f"cannot train on one utterance: give 2 or more"
            )
        if len(part.train) < 2:
            raise ValueError(
                f"the training part of fold {part.fold} has {len(part.train)} "
                f"utterance(s), which fill no batch of 2: give a larger "
                f"--label_fraction, or more labelled audio"
            )

    def _expect(self, fold):
        """Tell of the training that is still to be done on a fold."""
        for fraction in self.fractions if current().running else ():
            if (self.folder(fraction, fold) / DONE).is_file():
                continue
            part = self.part(fraction, fold)
            for step in self.steps:
                length = step.ask("length", part, step.key)
                if length:
                    self.experiment.expect(self.name, step.key, *length)

    def _tell(self, fold, folder, names, seconds):
        """Say how a fold has ended; return its UA."""
        rows = read_predictions(folder / DONE)
        report = classification_report(
            [row["label"] for row in rows],
            [row["prediction"] for row in rows],
            self.classes,
        )
        what = "chunks" if self.test_chunks is not None else "utterances"
        logger.info(
            f"{', '.join([self.name, *names])} (test on {fold}) took "
            f"{duration(seconds)}: UA {report['UA']:.1%} of {len(rows)} {what}"
        )
        return report["UA"]

    def _warn(self, start, fold):
        """Warn of a start that may know the test speakers by their labels."""
        heard = labels_heard(start)
        if heard and f"fold_{fold} " not in heard:
            logger.warning(
                f"{self.name}, fold {fold}: {start} was {heard}; if that was with "
                f"this corpus, it knows the labels of the test speakers"
            )

    def _check_start(self, start):
        """Refuse weights that do not fit the network of the first step."""
        if hasattr(self.steps[0].target, "take_over"):
            part = Part(self.experiment.folder, None, self.classes, [], [], [])
            step = self.steps[0].call(part, self.steps[0].key)
            step.take_over({"encoder": step.encoder}, start, first=True)

    def _folder(self, fraction):
        return system_folder(self.experiment, self.name, fraction)

    def _train_and_test(self, part, fraction):
        start = self.pretrained(fraction, part.fold)
        for number, step in enumerate(self.steps):
            training = step.call(part, step.key)
            several = step.key if len(self.steps) > 1 else None
            with current().naming(several), current().work(step.key):
                trained = training.run(start, first=number == 0)
            start = part.folder / step.key / "model.ckpt"
        predictions = training.predictions(trained, part.test, self.batch_size)
        run_on_main(self._finish, args=[part.folder, predictions])

    def _finish(self, folder, predictions):
        """Leave predictions.csv, which tells that the fold is finished."""
        write_predictions(folder / DONE, predictions)
        for step in self.steps:
            # The best weights are in model.ckpt: the rest was for resuming
            shutil.rmtree(folder / step.key / "save", ignore_errors=True)
