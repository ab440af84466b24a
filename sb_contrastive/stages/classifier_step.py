"""One training step of cross-validation: a classifier on an encoder, or on a frozen one."""

import json

import torch
from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.epoch_loop import EpochCounter

from sb_contrastive.brains.logs.train_loggers import train_loggers
from sb_contrastive.data.sampling.class_weights import class_weights
from sb_contrastive.data.views.datasets import crop_dataset, utterance_dataset
from sb_contrastive.encoders.weights import save_weights
from sb_contrastive.files import write_atomically
from sb_contrastive.training.checkpoints import AtomicCheckpointer
from sb_contrastive.training.length import epochs_for, spread
from sb_contrastive.weights_file import weights_from


class ClassifierStep:
    """One training step of one fold: `classification_brain` on the encoder.

    Options of the step in the YAML: `trainable`, `epochs`, `least_steps`,
    `learning_rate`; `fresh_affine`, whether the embedding affine starts anew;
    `classifier`, what makes the layers from embeddings to classes, called with
    both sizes, `torch.nn.Linear` when absent; `embedding`, z where they read
    what a step before has made of the `projector`, r when absent;
    `encoder_rate`, the Brain's own when absent.

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
        brain.load_best()
        run_on_main(self._write, args=[brain.unwrapped(), log])
        return brain

    def _write(self, modules, log):
        save_weights(modules, self.folder / "model.ckpt")
        write_atomically(
            self.folder / "log.json",
            lambda path: path.write_text(json.dumps(log)),
        )

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
        with weights_from(start) as state:
            if first:
                encoder = modules.encoder
                if self.options.get("fresh_affine"):
                    # The file's may be of another kind: another pooling, say
                    state = _with_affine_of(encoder, state)
                encoder.load_state_dict(state)
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
            "checkpointer": AtomicCheckpointer(
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
        hparams, rate = self.hparams, self.options.get("encoder_rate")
        batches = len(train) // self._batch_size(train)
        counter = self.counter(batches)
        augmentation = hparams["finetune_augmentation"]
        brain = hparams["classification_brain"](
            modules=self.modules(),
            crops=hparams["chunk"],
            augmentation=augmentation,
            class_weights=class_weights(train, self.classes),
            # Else the Brain's own, for all steps
            **({} if rate is None else {"encoder_rate": rate}),
            **self.brain_options(counter, batches),
        )
        if augmentation is not None:
            augmentation.prepare(train, brain.device)
        return brain, counter


def _with_affine_of(encoder, state):
    """A `state_dict`, with the affine part of an encoder in place of its own."""
    is_affine = encoder.is_affine
    kept = {name: v for name, v in state.items() if not is_affine(name)}
    own = encoder.state_dict().items()
    return kept | {name: v for name, v in own if is_affine(name)}
