"""Classification of utterances: staged fine-tuning, training from scratch, linear probe."""

import speechbrain as sb
import torch
from torch.nn import functional as F

from sb_contrastive.brains.base import TrainingBrain
from sb_contrastive.evaluation.classification import classification_report

TRAINABLE = ("output", "affine", "all")


class ClassificationBrain(TrainingBrain):
    """Trains `modules["classifier"]` on `modules["encoder"]`.

    What is not trained is out of the optimiser, without gradient **and** in
    evaluation mode, so that its batch-norm statistics stay as pretrained.
    Training sees one random crop per utterance and epoch, evaluation whole
    utterances. Where batches hold `features` [B, T, D], frames of a frozen
    encoder, both see those, whole or cropped by whoever made the dataset. The
    checkpoint with the best UA on the validation part is kept.

    Arguments
    ---------
    classes : list of str
        In the order of the classifier's outputs.
    trainable : str
        "output": the classifier (a linear probe); "affine": also the encoder's
        embedding affine; "all": everything (Cho et al. 2022 train the affine
        first, then all).
    crops : RandomCrops, optional
        What draws the training crops; this Brain tells it the epoch.
    augmentation : callable, optional
        (crops [N, S], ids, views, epoch) -> crops.
    class_weights : torch.Tensor, optional
        Weight of each class in the cross-entropy [C].
    label_smoothing : float
        Share of the target spread over all classes.
    encoder_rate : float
        Share of the learning rate, in (0, 1], for what was pretrained: the
        encoder without its affine.
    validation_epochs : set of int, optional
        Epochs that end with a validation; all when absent.
    **kwargs
        As for `TrainingBrain`.
    """

    def __init__(
        self,
        *args,
        classes,
        trainable,
        crops=None,
        augmentation=None,
        class_weights=None,
        label_smoothing=0.0,
        encoder_rate=1.0,
        validation_epochs=None,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        if trainable not in TRAINABLE:
            raise ValueError(
                f"trainable is one of {', '.join(TRAINABLE)}, got {trainable!r}"
            )
        if not 0 < encoder_rate <= 1:
            raise ValueError(
                f"encoder_rate is a share in (0, 1], got {encoder_rate}"
            )
        self.classes = list(classes)
        self.trainable = trainable
        self.crops = crops
        self.augmentation = augmentation
        if class_weights is not None:
            class_weights = class_weights.to(self.device)
        self.class_weights = class_weights
        self.label_smoothing = label_smoothing
        self.encoder_rate = encoder_rate
        self.validation_epochs = validation_epochs
        encoder = self.modules.encoder
        encoder.requires_grad_(trainable == "all")
        if trainable == "affine":
            for module in encoder.affine_modules():
                module.requires_grad_(True)

    def rate_factors(self):
        """`encoder_rate` for the encoder without its affine."""
        encoder = getattr(self.modules.encoder, "module", self.modules.encoder)
        affine = {
            id(p)
            for part in encoder.affine_modules()
            for p in part.parameters()
        }
        return {
            id(p): self.encoder_rate
            for p in encoder.parameters()
            if id(p) not in affine
        }

    def on_stage_start(self, stage, epoch=None):
        """Tells the crops the epoch; forgets the predictions of the last stage."""
        if stage == sb.Stage.TRAIN and self.crops is not None:
            self.crops.epoch = epoch
        self.ids, self.targets, self.posteriors = [], [], []

    def on_fit_batch_start(self, batch, should_step):
        """Keeps what is frozen in evaluation mode, whatever `train()` has done."""
        encoder = getattr(self.modules.encoder, "module", self.modules.encoder)
        if self.trainable != "all":
            encoder.eval()
        if self.trainable == "affine":
            for module in encoder.affine_modules():
                module.train()
        super().on_fit_batch_start(batch, should_step)

    def _fit_valid(self, valid_set, epoch, enable):
        # With few labels an epoch is a handful of steps, and validating after
        # each would take longer than training
        due = self.validation_epochs is None or epoch in self.validation_epochs
        if due or self.debug or self._optimizer_step_limit_exceeded:
            super()._fit_valid(valid_set, epoch, enable)

    def compute_forward(self, batch, stage):
        """Logits [B, C]."""
        batch = batch.to(self.device)
        if hasattr(batch, "features"):
            wavs, lens = batch.features
        elif stage == sb.Stage.TRAIN:
            wavs, lens = batch.crop.data[:, 0], None  # [B, 1, S] -> [B, S]
            if self.augmentation is not None:
                wavs = self.augmentation(
                    wavs, batch.id, [0] * len(wavs), self.crops.epoch
                )
        else:
            wavs, lens = batch.sig
        return self.modules.classifier(self.modules.encoder(wavs, lens))

    def compute_objectives(self, predictions, batch, stage):
        """Cross-entropy, in float32; keeps the posteriors in evaluation."""
        targets = batch.target.to(self.device)
        logits = predictions.float()
        if stage != sb.Stage.TRAIN:
            self.ids += batch.id
            self.targets += targets.tolist()
            self.posteriors += logits.softmax(dim=-1).tolist()
        return F.cross_entropy(
            logits,
            targets,
            weight=self.class_weights,
            label_smoothing=self.label_smoothing,
        )

    def on_stage_end(self, stage, stage_loss, epoch=None):
        """Logs WA and UA of the validation part, saves a checkpoint."""
        if stage == sb.Stage.TRAIN:
            self.train_loss = stage_loss
        elif stage == sb.Stage.VALID:
            report = classification_report(
                [self.classes[t] for t in self.targets],
                self.predictions(),
                self.classes,
            )
            valid = {
                "valid_loss": stage_loss,
                "valid_WA": report["WA"],
                "valid_UA": report["UA"],
            }
            self.finish_epoch(
                epoch, {"train_loss": self.train_loss}, valid, ["valid_UA"]
            )

    def predictions(self):
        """Most probable class of each utterance of the last evaluation.

        Returns
        -------
        list of str
            In the order of `ids`.
        """
        best = torch.tensor(self.posteriors).argmax(dim=-1)
        return [self.classes[i] for i in best]
