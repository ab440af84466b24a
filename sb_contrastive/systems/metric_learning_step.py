"""A training step that reshapes the embedding space by class, before any classifier."""

import torch
from speechbrain.utils.distributed import run_on_main

from sb_contrastive.data.sampling.class_batches import (
    ClassBatches,
    check_classes,
)
from sb_contrastive.data.sampling.triplets import ClassTriplets
from sb_contrastive.distributed import world_size
from sb_contrastive.encoders.weights_file import weights_from
from sb_contrastive.evaluation.embeddings.embed import embed
from sb_contrastive.experiment.blueprint import Blueprint
from sb_contrastive.ranges import Count, NotNegative, Several, Whole
from sb_contrastive.systems.classifier_step import ClassifierStep
from sb_contrastive.systems.classifier_step.length import step_length
from sb_contrastive.systems.classifier_step.training import (
    brain_arguments,
    epoch_counter,
)
from sb_contrastive.systems.space import classes_of_two, measurable, write_space
from sb_contrastive.training.making import make_brain


class MetricLearningStep(ClassifierStep):
    """Trains `metric_brain` on the training part of a fold and keeps the epoch
    whose space suits the validation part best.

    Besides model.ckpt and log.json it leaves `space.json`, the measures of the
    test part's space before and after, and `space.png`, a map of both: neither
    has any part in training or selection.

    Arguments
    ---------
    experiment, part, name, epochs, learning_rate, trainable, least_steps
        See `ClassifierStep`.
    loss : CombinedLoss
        A contrastive and a non-contrastive loss.
    fresh_affine : bool
        Whether the embedding layer starts anew.
    embedding : str
        "r", the embedding, or "z", the projector's output: which of them is used
        afterwards.
    encoder : UtteranceEncoder
        The network to train.
    projector : torch.nn.Module
        r -> z.
    metric_brain : callable
        Makes the Brain, see `MetricLearningBrain`.
    items_per_class : int
        Utterances of each class in a batch, of different recordings.
    classes_per_batch : int, optional
        All classes when absent.
    chunk : RandomCrops
        Draws the training crops.
    reshape_augmentation : Augmentation, optional
        Of the training crops.
    batch_size : int
        Utterances in a batch of the validation part.
    validations, num_workers, tensorboard, cache_frozen, features_folder
        See `ClassifierStep`.
    """

    predicts = False

    def __init__(
        self,
        experiment,
        part,
        name,
        /,
        epochs: Whole,
        learning_rate: NotNegative,
        loss,
        trainable: str = "all",
        least_steps: Whole = 0,
        fresh_affine: bool = False,
        embedding: str = "r",
        *,
        encoder,
        projector,
        metric_brain,
        items_per_class: Several = 16,
        classes_per_batch: Several | None = None,
        chunk,
        reshape_augmentation=None,
        batch_size: Count = 32,
        validations: Count = 6,
        num_workers: Whole = 0,
        tensorboard: bool = False,
        cache_frozen: bool = False,
        features_folder: str | None = None,
    ):
        super().__init__(
            experiment,
            part,
            name,
            epochs,
            learning_rate,
            trainable,
            least_steps,
            fresh_affine,
            embedding=embedding,
            encoder=encoder,
            projector=projector,
            classification_brain=metric_brain,
            chunk=chunk,
            finetune_augmentation=reshape_augmentation,
            batch_size=batch_size,
            validations=validations,
            num_workers=num_workers,
            tensorboard=tensorboard,
            cache_frozen=cache_frozen,
            features_folder=features_folder,
        )
        self.loss = loss
        self.items_per_class = items_per_class
        self.classes_per_batch = classes_per_batch

    @staticmethod
    def length(
        experiment,
        part,
        name,
        /,
        epochs: Whole = 0,
        least_steps: Whole = 0,
        *,
        chunk,
        items_per_class: Several = 16,
        classes_per_batch: Several | None = None,
    ):
        """Return epochs, about how many batches a part takes, samples in each,
        see `ClassifierStep.length`."""
        size = items_per_class * (classes_per_batch or len(part.classes))
        return step_length(len(part.train), size, epochs, least_steps, chunk)

    @staticmethod
    def check_values(
        experiment,
        part,
        name,
        /,
        *,
        encoder: Blueprint = None,
        reshape_augmentation: Blueprint = None,
        cache_frozen: bool = False,
    ):
        """Refuse `cache_frozen` where frames cannot be kept, see
        `ClassifierStep.check_values`."""
        ClassifierStep.check_values(
            experiment,
            part,
            name,
            encoder=encoder,
            finetune_augmentation=reshape_augmentation,
            cache_frozen=cache_frozen,
        )

    @staticmethod
    def check_part(experiment, part, name, /):
        """Refuse a fold that fills no batch, or by which no space is measured.

        Arguments
        ---------
        experiment, part, name
            See `ClassifierStep`.
        """
        if len(classes_of_two(part.valid)) < 2:
            raise ValueError(
                f"the validation part has no two classes of two utterances to "
                f"measure a space by ({part.folder / name}): choose folds of "
                f"several speakers, or validation: next_fold"
            )
        check_classes(part.train)

    def make_sampler(self):
        """Make the batches to train on."""
        return ClassBatches(
            self.part.train,
            self.items_per_class,
            self.classes_per_batch,
            self.experiment.seed,
            processes=world_size(),
        )

    def run(self, start, first):
        """Train and measure, see `ClassifierStep.run`."""
        self.check_part(self.experiment, self.part, self.name)
        self.judged = measurable(self.part.valid, "validation part")
        brain = super().run(start, first)
        if self.part.test:
            run_on_main(self._measure, args=[brain, start, first])
        return brain

    def modules(self):
        """Return encoder and projector."""
        return {"encoder": self.encoder, "projector": self.projector}

    def validation_rows(self):
        """Return the rows of classes that have two utterances."""
        return self.judged

    def batches(self):
        """Return batches of P classes by Q utterances, drawn anew for each epoch."""
        return {"batch_sampler": self.sampler}  # which the Brain has, too

    def make_brain(self):
        """Make the Brain, and the counter of its epochs."""
        self.sampler = self.make_sampler()
        batches = len(self.sampler)
        counter = epoch_counter(self, batches)
        brain = make_brain(
            self.brain,
            "metric_brain",
            modules=self.modules(),
            loss=self.loss,
            triplets=ClassTriplets(self.part.train, self.experiment.seed),
            crops=self.crops,
            augmentation=self.augmentation,
            embedding=self.embedding,
            sampler=self.sampler,
            **brain_arguments(self, counter, batches),
        )
        self.prepare_augmentation(brain.device)
        return brain, counter

    def _measure(self, brain, start, first):
        """Measure the space of the test part before and after the step."""
        test = measurable(self.part.test, "test part")
        if not test:
            return
        fresh = self.experiment.build("encoder", "projector")
        modules = torch.nn.ModuleDict(fresh).to(brain.device)
        if start is not None:
            self.take_over(modules, start, first)
        before = self._embeddings(modules, test, brain.device)
        with weights_from(self.folder / "model.ckpt") as best:
            modules.load_state_dict(best)
        after = self._embeddings(modules, test, brain.device)
        labels = [row["label"] for row in test]
        write_space(self.folder, before, after, labels)

    @torch.no_grad()
    def _embeddings(self, modules, rows, device):
        z = torch.from_numpy(embed(modules["encoder"], rows, device))
        if self.embedding == "z":
            z = modules["projector"].eval()(z.to(device)).cpu()
        return z
