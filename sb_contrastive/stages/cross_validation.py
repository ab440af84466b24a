"""Stage `cross_validate`: trains and tests one system on every fold."""

import json
import shutil

import torch
from speechbrain.utils.checkpoints import Checkpointer
from speechbrain.utils.epoch_loop import EpochCounter
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.datasets import crop_dataset, utterance_dataset
from sb_contrastive.data.folds import label_fraction, split_fold
from sb_contrastive.files import write_atomically
from sb_contrastive.stages.chunking import cut
from sb_contrastive.stages.corpus import experiment_classes, labelled_rows
from sb_contrastive.stages.folders import (
    chosen_folds,
    fractions,
    pretrained_weights,
    system_folder,
)
from sb_contrastive.stages.lengths import epochs_for, spread
from sb_contrastive.stages.prediction_file import prediction_file
from sb_contrastive.stages.train_logs import train_loggers

logger = get_logger(__name__)


def cross_validate(experiment, name, start, steps, rows=labelled_rows):
    """Trains a classifier for each test fold, in one or more steps, and writes
    its predictions on that fold.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives the steps by name (`trainable`, `epochs`,
        `learning_rate`), `classification_brain`, `chunk`, `label_fraction`, ...
    name : str
        Name of the system, and of its folder.
    start : str or None
        The pretraining stage whose encoder it starts from; None starts from
        random weights.
    steps : list of str
        Names of the training steps, in order; each starts from the best
        checkpoint of the one before.
    rows : callable
        Experiment -> labelled manifest rows, with folds: a control may hear
        something else of the same speakers.
    """
    hparams = experiment.hparams
    rows = rows(experiment)
    classes = experiment_classes(hparams, rows)
    for fraction in fractions(hparams):
        for fold in chosen_folds(hparams, rows):
            folder = system_folder(experiment, name, fraction) / f"fold_{fold}"
            if (folder / "predictions.csv").is_file():
                continue
            logger.info(f"{name}, fold {fold}, {fraction:.0%} of the labels")
            train, valid, test = split_fold(rows, fold, hparams["validation"])
            train = label_fraction(train, fraction, hparams["seed"])
            # After the split: chunks of a recording stay on one side
            train = cut(hparams, "training_chunks", train)
            valid = cut(hparams, "test_chunks", valid)
            test = cut(hparams, "test_chunks", test)
            model = start and pretrained_weights(experiment, start, fold)
            for number, step in enumerate(steps):
                brain = _Step(experiment, step, folder / step, classes).run(
                    train, valid, model, encoder_only=number == 0
                )
                model = folder / step / "model.ckpt"
            _test(brain, test, fold, folder, hparams["batch_size"])
            for step in steps:
                # The best weights are in model.ckpt: the rest was for resuming
                shutil.rmtree(folder / step / "save", ignore_errors=True)


class _Step:
    """One training step of one fold."""

    def __init__(self, experiment, step, folder, classes):
        self.experiment, self.folder, self.classes = experiment, folder, classes
        self.hparams = experiment.load()
        self.options = self.hparams[step]

    def run(self, train, valid, start, encoder_only):
        """Trains from the weights in the file `start` (None: random), leaves
        model.ckpt and log.json, and returns the Brain with its best weights."""
        brain, counter = self._brain(train)
        if start is not None:
            target = brain.modules.encoder if encoder_only else brain.modules
            state = torch.load(start, weights_only=True)
            if self.options.get("fresh_affine") and encoder_only:
                state.update(target.affine_state())
            target.load_state_dict(state)
        labels = {name: index for index, name in enumerate(self.classes)}
        loader = {"num_workers": self.hparams["num_workers"]}
        whole = {**loader, "batch_size": self.hparams["batch_size"]}
        brain.fit(
            counter,
            crop_dataset(train, self.hparams["chunk"], ["crop"], labels),
            utterance_dataset(valid, labels),
            train_loader_kwargs={
                **loader,
                "batch_size": self._batch_size(train),
                "shuffle": True,
                "drop_last": True,
            },
            valid_loader_kwargs=whole,
        )
        # Before the best checkpoint is loaded, whose log ends at its epoch
        log = {"epochs": brain.log.rows, **brain.speed()}
        brain.checkpointer.recover_if_possible(
            max_key="valid_UA", ckpt_predicate=brain.is_whole
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

    def _batch_size(self, train):
        return min(self.hparams["batch_size"], len(train))

    def _brain(self, train):
        hparams, options = self.hparams, self.options
        batches = len(train) // self._batch_size(train)
        counter = EpochCounter(
            epochs_for(options["epochs"], options["least_steps"], batches)
        )
        encoder, outputs = hparams["encoder"], len(self.classes)
        counts = [sum(r["label"] == c for r in train) for c in self.classes]
        weights = len(train) / (outputs * torch.tensor(counts).clamp(min=1))
        augmentation = hparams["finetune_augmentation"]
        brain = hparams["classification_brain"](
            modules={
                "encoder": encoder,
                "classifier": torch.nn.Linear(encoder.embedding_dim, outputs),
            },
            learning_rate=options["learning_rate"],
            total_steps=self.experiment.optimizer_steps(counter.limit, batches),
            hparams=self.experiment.brain_options(),
            run_opts=self.experiment.run_opts,
            checkpointer=Checkpointer(
                self.folder / "save", {"counter": counter}
            ),
            train_loggers=train_loggers(hparams, self.folder),
            classes=self.classes,
            trainable=options["trainable"],
            crops=hparams["chunk"],
            augmentation=augmentation,
            class_weights=weights,
            validation_epochs=spread(counter.limit, hparams["validations"]),
        )
        if augmentation is not None:
            augmentation.prepare(train, brain.device)
        return brain, counter


def _test(brain, rows, fold, folder, batch_size):
    """Predicts the test fold with the best weights, already in place."""
    labels = {name: index for index, name in enumerate(brain.classes)}
    brain.checkpointer = None  # or evaluate() would look for a newer one
    brain.evaluate(
        utterance_dataset(rows, labels),
        test_loader_kwargs={"batch_size": batch_size},
    )
    write_atomically(
        folder / "predictions.csv",
        prediction_file(rows, fold, brain.classes, brain.ids, brain.posteriors),
    )
