"""A training step that learns the classes: a classifier on an encoder, all of it or parts trained."""

from functools import partial

import torch
from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.brains.logs.train_loggers import check_tensorboard
from sb_contrastive.data.features.cached_crops import CachedCrops
from sb_contrastive.data.sampling.class_weights import class_weights
from sb_contrastive.data.views.datasets import crop_dataset, utterance_dataset
from sb_contrastive.encoders.weights import load_weights
from sb_contrastive.evaluation.classification.posteriors import (
    class_posteriors,
)
from sb_contrastive.evaluation.classification.prediction_file import (
    prediction_rows,
)
from sb_contrastive.experiment.blueprint import Blueprint
from sb_contrastive.ranges import Count, NotNegative, Whole
from sb_contrastive.systems.classifier_step.length import (
    as_many_batches,
    step_length,
)
from sb_contrastive.systems.classifier_step.reader import reader
from sb_contrastive.systems.classifier_step.training import (
    brain_arguments,
    epoch_counter,
    full_batch,
)
from sb_contrastive.systems.exported import encoder_text
from sb_contrastive.systems.frozen_frames import (
    check_cacheable,
    lower_frame_cache,
)
from sb_contrastive.systems.step_folder import load_step, write_step
from sb_contrastive.training.making import make_brain

logger = get_logger(__name__)


class ClassifierStep:
    """Trains `classification_brain` on an encoder and a classifier.

    An own kind of step is a class with this `__init__`, or a subclass: `check`
    refuses what could not be trained, `run` trains, `predictions` takes what `run` has returned, `modules` builds the
    networks, `whole` makes the dataset that is tested on, `predicts` tells
    whether there is a classifier, and `without_validation` chooses the options
    of a training on all data.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    part : Part
        The fold to train and test on; it names the folder of the system.
    name : str
        Name of the step, and of its folder.
    epochs : int
        Passes over the training part.
    learning_rate : callable
        Share of the training done -> learning rate, see
        `sb_contrastive.schedules`.
    trainable : str
        "output": the classifier alone; "affine": also the encoder's embedding
        layer; "all": everything.
    least_steps : int
        Batches below which more passes are made: few labels make short epochs.
    fresh_affine : bool
        Whether the embedding layer starts anew instead of from the pretrained one.
    classifier : callable
        (embedding size, number of classes) -> module, from embeddings to logits.
    embedding : str
        "r", the embedding, or "z", what a step before has made of the
        `projector`: which of them the classifier reads.
    encoder_rate : float, optional
        Share of the learning rate for what was pretrained; that of the Brain when
        absent.
    encoder : UtteranceEncoder
        The network to train.
    classification_brain : callable
        Makes the Brain, see `ClassificationBrain`.
    chunk : RandomCrops, optional
        Draws the training crops.
    finetune_augmentation : Augmentation, optional
        Of the training crops.
    projector : Blueprint
        Makes z of the embedding, where `embedding` is "z".
    batch_size : int
        Utterances in a batch.
    validations : int
        How many epochs end with a look at the validation part.
    num_workers : int
        Processes that read audio.
    tensorboard : bool
        Whether event files for TensorBoard are written too.
    cache_frozen : bool
        Whether the frozen layers of an encoder with `tune: top_k` run once for
        each whole utterance, and their frames are kept, in half precision;
        training crops are cut from these frames, see `CachedCrops`.
    features_folder : str, optional
        Folder of the cache, which experiments may share; `features` in the
        output folder when absent.
    """

    predicts = True
    shares_nothing = True  # between folds, so that they may go side by side
    only_checked = False  # then nothing is left in the output folder
    starts_from_encoder = (
        True  # that of the experiment, which `start` has trained
    )

    def __init__(
        self,
        experiment,
        part,
        name,
        /,
        epochs: Whole,
        learning_rate: NotNegative,
        trainable: str = "all",
        least_steps: Whole = 0,
        fresh_affine: bool = False,
        classifier=torch.nn.Linear,
        embedding: str = "r",
        encoder_rate: NotNegative | None = None,
        *,
        encoder,
        classification_brain,
        chunk=None,
        finetune_augmentation=None,
        projector: Blueprint = None,
        batch_size: Count = 32,
        validations: Count = 6,
        num_workers: Whole = 0,
        tensorboard: bool = False,
        cache_frozen: bool = False,
        features_folder: str | None = None,
    ):
        self.experiment, self.part = experiment, part
        self.name, self.folder = name, part.folder / name
        self.epochs, self.least_steps = epochs, least_steps
        self.learning_rate, self.trainable = learning_rate, trainable
        self.fresh_affine, self.encoder = fresh_affine, encoder
        self.classifier, self.embedding = classifier, embedding
        self.projector, self.brain = projector, classification_brain
        self.encoder_rate = encoder_rate
        self.crops, self.augmentation = chunk, finetune_augmentation
        self.batch_size, self.validations = batch_size, validations
        self.num_workers, self.tensorboard = num_workers, tensorboard
        self.cache_frozen, self.features = cache_frozen, features_folder
        self.cache = None
        self.labels = {name: i for i, name in enumerate(part.classes)}

    @staticmethod
    def length(
        experiment,
        part,
        name,
        /,
        epochs: Whole = 0,
        least_steps: Whole = 0,
        *,
        chunk=None,
        batch_size: Count = 32,
    ):
        """Return epochs and batches that a part takes, and the samples in each,
        for the time left.

        Arguments
        ---------
        experiment, part, name, epochs, least_steps, chunk, batch_size
            See `ClassifierStep`.

        Returns
        -------
        tuple of int
        """
        utterances = len(part.train)
        size = max(min(batch_size, utterances), 1)
        return step_length(utterances, size, epochs, least_steps, chunk)

    @staticmethod
    def without_validation(length, logs):
        """Choose the options of a training on all data, see `options_for_all`:
        as many batches, and the last weights.

        Arguments
        ---------
        length : tuple of int
            From `length`, on a fold.
        logs : list of dict
            The logs of the folds.

        Returns
        -------
        dict
        """
        del logs  # nothing was chosen there
        return as_many_batches(length)

    @staticmethod
    def check_values(
        experiment,
        part,
        name,
        /,
        *,
        encoder: Blueprint = None,
        finetune_augmentation: Blueprint = None,
        cache_frozen: bool = False,
    ):
        """Refuse `cache_frozen` before anything runs where frames cannot be kept.

        Arguments
        ---------
        experiment, part, name, encoder, finetune_augmentation, cache_frozen
            See `ClassifierStep`.
        """
        if cache_frozen:
            augmentation = (
                finetune_augmentation and finetune_augmentation.build()
            )
            check_cacheable(encoder.build(), augmentation)

    def check(self):
        """Refuse a Brain that cannot be made: make it, and drop it."""
        if self.tensorboard:
            check_tensorboard()
        self.only_checked = True
        self.make_brain()

    def run(self, start, first):
        """Train; leave model.ckpt and log.json in the folder of the step.

        Arguments
        ---------
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
        if self.cache_frozen:
            self.cache = lower_frame_cache(
                self.experiment,
                [*self.part.train, *self.part.valid, *self.part.test],
                self.encoder,
                self.features,
            )
        brain, counter = self.make_brain()
        if start is not None:
            loaded = self.take_over(brain.modules, start, first)
            if first:
                new = [name for name in brain.modules if name != "encoder"]
                if self.fresh_affine:
                    new.insert(0, "embedding layer")
                logger.info(
                    f"{self.name} starts from {loaded}; new: {', '.join(new)}"
                )
        brain.fit(
            counter,
            self.cropped(self.part.train),
            self.whole(self.validation_rows()),
            train_loader_kwargs={
                "num_workers": self.num_workers,
                **self.batches(),
            },
            valid_loader_kwargs={
                "batch_size": self.batch_size,
                "num_workers": self.num_workers,
            },
        )
        # Before the best checkpoint is loaded, whose log ends at its epoch
        log = {"epochs": brain.log.rows, **brain.speed()}
        brain.load_best()
        run_on_main(write_step, args=[self.folder, brain.unwrapped(), log])
        return brain

    def predictions(self, brain, rows, batch_size):
        """Predict utterances of the part; each process hears all of them.

        Arguments
        ---------
        brain : speechbrain.Brain
            From `run`.
        rows : list of dict
            Manifest rows.
        batch_size : int
            Utterances in a batch.

        Returns
        -------
        list of dict
            See `prediction_rows`.
        """
        # The best weights are in place: else evaluate() would look for a newer
        # checkpoint
        brain.checkpointer = None
        brain.evaluate(
            self.whole(rows), test_loader_kwargs={"batch_size": batch_size}
        )
        return prediction_rows(
            rows, self.part.fold, brain.classes, brain.ids, brain.posteriors
        )

    def modules(self):
        """Build what this step trains or reads, in the order of its use.

        Returns
        -------
        dict of str to torch.nn.Module
        """
        modules = {"encoder": self.encoder}
        inputs = self.encoder.embedding_dim
        if self.embedding == "z":
            modules["projector"] = self.projector.build()
            inputs = modules["projector"].output_dim
        modules["classifier"] = self.classifier(inputs, len(self.part.classes))
        return modules

    def networks(self):
        """Build `modules` as one module, whose names are those of model.ckpt."""
        return torch.nn.ModuleDict(self.modules())

    def posteriors(self, networks, rows):
        """Predict utterances, which need no label.

        Arguments
        ---------
        networks : torch.nn.ModuleDict
            From `networks`, with trained weights.
        rows : list of dict
            Manifest rows.

        Returns
        -------
        torch.Tensor
            Posteriors [N, C].
        """
        return class_posteriors(networks["encoder"], reader(networks), rows)

    def exported(self, networks, fold):
        """Put the trained networks into the form of a model folder.

        Arguments
        ---------
        networks : torch.nn.ModuleDict
            From `networks`, with trained weights.
        fold : str
            The test fold of those weights.

        Returns
        -------
        encoder : UtteranceEncoder
            Waveforms to embeddings.
        classifier : torch.nn.Module
            Embeddings to logits.
        description : str
            A YAML whose value `encoder` builds such an encoder.
        """
        text = encoder_text(self.experiment)
        return networks["encoder"], reader(networks), text

    def cropped(self, rows):
        """Make the dataset to train on: random crops of utterances, and classes."""
        crops = self.crops
        if self.cache is not None:
            crops = CachedCrops(crops, self.cache)
        return crop_dataset(rows, crops, ["crop"], self.labels)

    def whole(self, rows):
        """Make the dataset to evaluate on: whole utterances, and classes."""
        return utterance_dataset(rows, self.labels, self.cache)

    def validation_rows(self):
        """Return the rows of the validation part that the step is judged by."""
        return self.part.valid

    def batches(self):
        """Return the options of the training part's loader that make batches."""
        return {
            "batch_size": full_batch(self),
            "shuffle": True,
            "drop_last": True,
        }

    def make_brain(self):
        """Make the Brain, and the counter of its epochs."""
        batches = len(self.part.train) // full_batch(self)
        counter, make = epoch_counter(self, batches), self.brain
        if self.encoder_rate is not None:  # else the Brain's, for all steps
            make = partial(make, encoder_rate=self.encoder_rate)
        brain = make_brain(
            make,
            "classification_brain",
            modules=self.modules(),
            crops=self.crops,
            augmentation=self.augmentation,
            class_weights=class_weights(self.part.train, self.part.classes),
            **brain_arguments(self, counter, batches),
        )
        self.prepare_augmentation(brain.device)
        return brain, counter

    def prepare_augmentation(self, device):
        """Let the augmentation look at the training part, before it trains."""
        if self.augmentation is not None and not self.only_checked:
            self.augmentation.prepare(self.part.train, device)

    def take_over(self, modules, start, first):
        """Load into each module what a file of weights has of it.

        Returns
        -------
        Loaded or None
            In the first step, what was loaded into the encoder.
        """
        if first:
            return load_weights(modules["encoder"], start, self.fresh_affine)
        load_step(modules, start)
        return None
