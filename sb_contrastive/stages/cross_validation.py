"""Stage `cross_validate`: trains and tests one system on every fold."""

import csv
import json
import shutil

import torch
from speechbrain.utils.checkpoints import Checkpointer
from speechbrain.utils.epoch_loop import EpochCounter
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.datasets import crop_dataset, utterance_dataset
from sb_contrastive.data.folds import label_fraction, split_fold
from sb_contrastive.files import write_atomically
from sb_contrastive.stages.corpus import experiment_classes, labelled_rows
from sb_contrastive.stages.folders import (
    chosen_folds,
    fractions,
    pretrained_weights,
    system_folder,
)
from sb_contrastive.stages.lengths import epochs_for, spread
from sb_contrastive.stages.train_logs import train_loggers

logger = get_logger(__name__)


def cross_validate(experiment, name, start, steps):
    """Trains a classifier for each test fold, in one or more steps, and writes
    its predictions on that fold.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives the steps by name (`trainable`, `epochs`,
        `learning_rate`, `encoder_rate`), `classification_brain`, `chunk`,
        `label_fraction`, ...
        A step's `kind` is the class that trains it, `ClassifierStep` when
        absent; that of the last predicts classes.
    name : str
        Name of the system, and of its folder.
    start : str or None
        The pretraining stage whose encoder it starts from; None starts from
        random weights.
    steps : list of str
        Names of the training steps, in order; each starts from the best
        checkpoint of the one before.
    """
    hparams = experiment.hparams
    if not hparams[steps[-1]].get("kind", ClassifierStep).predicts:
        raise ValueError(
            f"{name} ends with the step {steps[-1]!r}, which predicts no "
            f"classes: let one follow that does"
        )
    rows = labelled_rows(experiment)
    classes = experiment_classes(hparams, rows)
    for fraction in fractions(hparams):
        for fold in chosen_folds(hparams, rows):
            folder = system_folder(experiment, name, fraction) / f"fold_{fold}"
            if (folder / "predictions.csv").is_file():
                continue
            logger.info(f"{name}, fold {fold}, {fraction:.0%} of the labels")
            train, valid, test = split_fold(rows, fold, hparams["validation"])
            train = label_fraction(train, fraction, hparams["seed"])
            model = start and pretrained_weights(experiment, start, fold)
            for number, step in enumerate(steps):
                kind = hparams[step].get("kind", ClassifierStep)
                training = kind(experiment, step, folder / step, classes, fold)
                brain = training.run(
                    (train, valid, test), model, first=number == 0
                )
                model = folder / step / "model.ckpt"
            whole = training.whole(test)
            _test(brain, whole, test, fold, folder, hparams["batch_size"])
            for step in steps:
                # The best weights are in model.ckpt: the rest was for resuming
                shutil.rmtree(folder / step / "save", ignore_errors=True)


class ClassifierStep:
    """One training step of one fold: `classification_brain` on the encoder.

    Options of the step in the YAML: `trainable`, `epochs`, `least_steps`,
    `learning_rate`; `fresh_affine`, whether the embedding affine starts anew;
    `classifier`, what makes the layers from embeddings to classes, called with
    both sizes, `torch.nn.Linear` when absent; `embedding`, z where they read
    what a step before has made of the `projector`, r when absent.

    A subclass with `predicts` False trains no classifier; `trained` names the
    encoder among the values of the YAML.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    step : str
        Name of the step.
    folder : pathlib.Path
        Where its files go.
    classes : list of str
        In the order of the classifier's outputs.
    fold : str, optional
        The test fold, for a kind whose data depend on it.
    """

    predicts = True
    trained = "encoder"

    def __init__(self, experiment, step, folder, classes, fold=None):
        self.experiment, self.folder, self.classes = experiment, folder, classes
        self.fold = fold
        self.hparams = experiment.load()
        self.options = self.hparams[step]
        self.labels = {name: index for index, name in enumerate(classes)}

    def run(self, parts, start, first):
        """Trains, leaves model.ckpt and log.json.

        Arguments
        ---------
        parts : tuple of list of dict
            Manifest rows to train on, to validate on and to test on.
        start : pathlib.Path or None
            Weights to start from, None for random ones: of an encoder in the
            first step, of all modules of the step before in others.
        first : bool
            Whether this is the first step.

        Returns
        -------
        speechbrain.Brain
            With its best weights.
        """
        train, valid, _ = parts
        brain, counter = self.make_brain(train)
        if start is not None:
            self._take_over(brain.modules, start, first)
        whole = {
            "batch_size": self.hparams["batch_size"],
            "num_workers": self.hparams["num_workers"],
        }
        brain.fit(
            counter,
            self.cropped(train, brain.crops),
            self.whole(valid),
            train_loader_kwargs={
                "num_workers": self.hparams["num_workers"],
                **self.batches(train),
            },
            valid_loader_kwargs=whole,
        )
        # Before the best checkpoint is loaded, whose log ends at its epoch
        log = {"epochs": brain.log.rows, **brain.speed()}
        brain.checkpointer.recover_if_possible(
            **brain.best, ckpt_predicate=brain.is_whole
        )
        weights = brain.modules.state_dict()
        write_atomically(
            self.folder / "model.ckpt", lambda path: torch.save(weights, path)
        )
        write_atomically(
            self.folder / "log.json",
            lambda path: path.write_text(json.dumps(log)),
        )
        return brain

    def cropped(self, rows, crops):
        """What is trained on: random crops of utterances, and their targets."""
        return crop_dataset(rows, crops, ["crop"], self.labels)

    def whole(self, rows):
        """What is evaluated: whole utterances and their targets."""
        return utterance_dataset(rows, self.labels)

    def batches(self, train):
        """What the training part's loader is told about batches."""
        return {
            "batch_size": self._batch_size(train),
            "shuffle": True,
            "drop_last": True,
        }

    def _take_over(self, modules, start, first):
        """Loads what the file has of each module."""
        state = torch.load(start, weights_only=True)
        if first:
            if self.options.get("fresh_affine"):
                state.update(modules.encoder.affine_state())
            modules.encoder.load_state_dict(state)
            return
        for name, module in modules.items():
            prefix = f"{name}."
            part = {
                key.removeprefix(prefix): value
                for key, value in state.items()
                if key.startswith(prefix)
            }
            if part:  # a classifier after a step that has none starts anew
                module.load_state_dict(part)

    def _batch_size(self, train):
        return min(self.hparams["batch_size"], len(train))

    def counter(self, batches):
        """The epochs of this step, of so many batches each."""
        options = self.options
        return EpochCounter(
            epochs_for(options["epochs"], options["least_steps"], batches)
        )

    def brain_options(self, counter, batches):
        """What a Brain of any kind is given."""
        return {
            "learning_rate": self.options["learning_rate"],
            "total_steps": self.experiment.optimizer_steps(
                counter.limit, batches
            ),
            "hparams": self.experiment.brain_options(),
            "run_opts": self.experiment.run_opts,
            "checkpointer": Checkpointer(
                self.folder / "save", {"counter": counter}
            ),
            "train_loggers": train_loggers(self.hparams, self.folder),
            "classes": self.classes,
            "trainable": self.options["trainable"],
            "validation_epochs": spread(
                counter.limit, self.hparams["validations"]
            ),
        }

    def modules(self):
        """What this step trains or reads, by name, in the order of its use.

        Returns
        -------
        dict of str to torch.nn.Module
        """
        encoder, options = self.hparams[self.trained], self.options
        modules, inputs = {"encoder": encoder}, encoder.embedding_dim
        if options.get("embedding", "r") == "z":
            modules["projector"] = self.hparams["projector"]
            inputs = modules["projector"].output_dim
        make = options.get("classifier", torch.nn.Linear)
        return {**modules, "classifier": make(inputs, len(self.classes))}

    def make_brain(self, train):
        """A Brain for this training part, and the counter of its epochs."""
        hparams = self.hparams
        batches = len(train) // self._batch_size(train)
        counter = self.counter(batches)
        counts = [sum(r["label"] == c for r in train) for c in self.classes]
        outputs = len(self.classes)
        weights = len(train) / (outputs * torch.tensor(counts).clamp(min=1))
        augmentation = hparams["finetune_augmentation"]
        brain = hparams["classification_brain"](
            modules=self.modules(),
            crops=hparams["chunk"],
            augmentation=augmentation,
            class_weights=weights,
            encoder_rate=self.options.get("encoder_rate", 1.0),
            **self.brain_options(counter, batches),
        )
        if augmentation is not None:
            augmentation.prepare(train, brain.device)
        return brain, counter


def _test(brain, dataset, rows, fold, folder, batch_size):
    """Predicts the test fold with the best weights, already in place."""
    brain.checkpointer = None  # or evaluate() would look for a newer one
    brain.evaluate(dataset, test_loader_kwargs={"batch_size": batch_size})
    rows = {row["ID"]: row for row in rows}

    def write(path):
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            posteriors = [f"p_{name}" for name in brain.classes]
            writer.writerow(
                ["ID", "spk_id", "fold", "label", "prediction", *posteriors]
            )
            for utterance, prediction, posterior in zip(
                brain.ids, brain.predictions(), brain.posteriors
            ):
                row = rows[utterance]
                writer.writerow(
                    [
                        utterance,
                        row.get("spk_id", ""),
                        fold,
                        row["label"],
                        prediction,
                        *(f"{p:.5f}" for p in posterior),
                    ]
                )

    write_atomically(folder / "predictions.csv", write)
