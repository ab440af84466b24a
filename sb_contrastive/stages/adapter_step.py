"""A training step of `cross_validate` on frames of a frozen encoder: adapter, pooling and classifier."""

from sb_contrastive.data.features.datasets import feature_dataset
from sb_contrastive.stages.classifier_step import ClassifierStep
from sb_contrastive.stages.frozen_frames import frame_cache


class AdapterStep(ClassifierStep):
    """Trains `classification_brain` on `adapter_encoder`, which reads cached
    frames: whole utterances, or crops where the YAML's `chunk` draws some.

    Options of the step are those of `ClassifierStep`. `trainable` "all"
    fine-tunes the adapter, at `encoder_rate` times the learning rate; "affine"
    is a probe: pooling and classifier alone.
    """

    trained = "adapter_encoder"

    def run(self, parts, start, first):
        """Computes what frames are missing, then as `ClassifierStep.run`."""
        rows = [row for part in parts for row in part]
        self.cache = frame_cache(self.experiment, rows, self.fold)
        return super().run(parts, start, first)

    def cropped(self, rows, crops):
        """Frames and targets to train on."""
        return feature_dataset(rows, self.cache, crops, self.labels)

    def whole(self, rows):
        """Frames of whole utterances, and their targets."""
        return feature_dataset(rows, self.cache, labels=self.labels)
