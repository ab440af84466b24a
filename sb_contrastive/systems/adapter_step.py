"""A training step on frames of a frozen encoder: adapter, pooling and classifier."""

import torch

from sb_contrastive.data.features.datasets import feature_dataset
from sb_contrastive.encoders import EncoderFrames, UtteranceEncoder
from sb_contrastive.encoders.weights import load_weights
from sb_contrastive.ranges import Count, NotNegative, Whole
from sb_contrastive.systems.classifier_step import ClassifierStep
from sb_contrastive.systems.exported import adapted_encoder_text
from sb_contrastive.systems.folders import pretrained_weights
from sb_contrastive.systems.frozen_frames import (
    STAGE,
    comes_frozen,
    frame_cache,
)


class AdapterStep(ClassifierStep):
    """Trains `classification_brain` on `adapter_encoder`, which reads cached
    frames: whole utterances, or crops where the experiment's `chunk` draws some.

    `trainable` "all" fine-tunes the adapter, at `encoder_rate` times the learning
    rate; "affine" is a probe: pooling and classifier alone.

    Arguments
    ---------
    experiment, part, name, epochs, learning_rate, trainable, least_steps, fresh_affine, classifier, encoder_rate
        See `ClassifierStep`.
    adapter_encoder : AdapterEncoder
        The network to train.
    frames : callable
        (experiment, rows, fold) -> `FeatureCache`.
    classification_brain, chunk, batch_size, validations, num_workers, tensorboard
        See `ClassifierStep`.
    """

    shares_nothing = False  # folds read one cache of frames

    starts_from_encoder = False  # `start` has trained the adapter

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
        encoder_rate: NotNegative | None = None,
        frames=frame_cache,
        *,
        adapter_encoder,
        classification_brain,
        chunk=None,
        batch_size: Count = 32,
        validations: Count = 6,
        num_workers: Whole = 0,
        tensorboard: bool = False,
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
            encoder_rate=encoder_rate,
            encoder=adapter_encoder,
            classification_brain=classification_brain,
            chunk=chunk,
            batch_size=batch_size,
            validations=validations,
            num_workers=num_workers,
            tensorboard=tensorboard,
        )
        self.frames, self.cache = frames, None

    def run(self, start, first):
        """Compute the frames that are missing, then train."""
        part = self.part
        rows = [*part.train, *part.valid, *part.test]
        self.cache = self.frames_of(rows)
        return super().run(start, first)

    def frames_of(self, rows):
        """Return a cache with the frames of rows, computed if need be."""
        return self.experiment.call(self.frames, rows, self.part.fold)

    def cropped(self, rows):
        """Make the dataset of frames to train on."""
        return feature_dataset(rows, self.cache, self.crops, self.labels)

    def whole(self, rows):
        """Make the dataset of frames of whole utterances."""
        return feature_dataset(rows, self.cache, labels=self.labels)

    @torch.no_grad()
    def posteriors(self, networks, rows):
        """Predict utterances by their frames, see `ClassifierStep.posteriors`."""
        self.cache = self.frames_of(rows)
        frames = feature_dataset(rows, self.cache)
        logits = [
            networks["classifier"](networks["encoder"](item["features"][None]))
            for item in (frames[index] for index in range(len(frames)))
        ]
        return torch.cat(logits).float().softmax(dim=-1)  # [N, C]

    def exported(self, networks, fold):
        """Put frozen encoder and adapter together, see `ClassifierStep.exported`."""
        base = self.experiment.build("encoder")["encoder"]
        frozen = comes_frozen(base)
        front_end = base.compute_features
        if not frozen:
            stage = self.experiment.hparams.get("start") or STAGE
            path = pretrained_weights(self.experiment, stage, fold)
            load_weights(base, path)
            front_end = EncoderFrames(base)
        adapter = networks["encoder"]
        encoder = UtteranceEncoder(front_end, adapter, adapter.embedding_dim)
        text = adapted_encoder_text(self.experiment, frozen)
        return encoder.eval(), networks["classifier"], text
