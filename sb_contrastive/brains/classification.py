"""Classification of utterances: staged fine-tuning, training from scratch, linear probe."""

import speechbrain as sb
import torch
from torch.nn import functional as F

from sb_contrastive.brains.base import TrainingBrain
from sb_contrastive.distributed import mean_over_ranks, unwrap, world_size
from sb_contrastive.evaluation.classification.report import (
    classification_report,
)
from sb_contrastive.ranges import NotNegative, Share
from sb_contrastive.training.freezing import freeze, keep_frozen


class ClassificationBrain(TrainingBrain):
    """Trains `modules["classifier"]` on `modules["encoder"]`, or on what a
    frozen `modules["projector"]` makes of its embeddings.

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
    class_weights : torch.Tensor, optional
        Weight of each class in the cross-entropy [C].
    label_smoothing : float
        Share of the target spread over all classes.
    encoder_rate : float
        Share of the learning rate, in (0, 1], for what was pretrained: the
        encoder without its affine.
    **kwargs
        As for `TrainingBrain`.
    """

    best = {"max_key": "valid_UA"}

    def __init__(
        self,
        *args,
        classes,
        trainable,
        class_weights=None,
        label_smoothing: Share = 0.0,
        encoder_rate: NotNegative = 1.0,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        if not 0 < encoder_rate <= 1:
            raise ValueError(
                f"encoder_rate is a share in (0, 1], got {encoder_rate}"
            )
        self.classes = list(classes)
        self.trainable = trainable
        if class_weights is not None:
            class_weights = class_weights.to(self.device)
        self.class_weights = class_weights
        self.label_smoothing = label_smoothing
        self.encoder_rate = encoder_rate
        freeze(self.modules.encoder, trainable)
        if "projector" in self.modules:
            self.modules.projector.requires_grad_(False)

    def rate_factors(self):
        """Give `encoder_rate` to the encoder without its affine, times the share
        that a pretrained network has of its own."""
        encoder = unwrap(self.modules.encoder)
        affine = {
            id(p)
            for part in encoder.affine_modules()
            for p in part.parameters()
        }
        own = super().rate_factors()
        slow = {
            id(p): self.encoder_rate * own.get(id(p), 1.0)
            for p in encoder.parameters()
            if id(p) not in affine
        }
        return own | slow

    def on_stage_start(self, stage, epoch=None):
        """Forget the predictions of the last stage."""
        super().on_stage_start(stage, epoch)
        self.ids, self.targets, self.posteriors = [], [], []

    def on_fit_batch_start(self, batch, should_step):
        """Keep what is frozen in evaluation mode, whatever `train()` has done."""
        keep_frozen(self.modules.encoder, self.trainable)
        if "projector" in self.modules:
            self.modules.projector.eval()
        super().on_fit_batch_start(batch, should_step)

    def compute_forward(self, batch, stage):
        """Classify a batch: logits [B, C]."""
        batch = batch.to(self.device)
        if hasattr(batch, "features"):
            wavs, lens = batch.features
        elif stage == sb.Stage.TRAIN:
            # [B, 1, S] -> [B, S]
            wavs, lens = self.stacked(batch.crop.data, batch, stage), None
        else:
            wavs, lens = batch.sig
        embeddings = self.modules.encoder(wavs, lens)
        if "projector" in self.modules:
            embeddings = self.modules.projector(embeddings)
        return self.modules.classifier(embeddings)

    def compute_objectives(self, predictions, batch, stage):
        """Compute the cross-entropy in float32; keep the posteriors in evaluation."""
        targets = batch.target.to(self.device)
        logits = predictions.float()
        if stage != sb.Stage.TRAIN:
            if (
                stage == sb.Stage.VALID
            ):  # `predictions` looks at those of a test
                _check_outputs(logits, batch.id)
            self.ids += batch.id
            self.targets += targets.tolist()
            self.posteriors += logits.softmax(dim=-1).tolist()
        loss = F.cross_entropy(
            logits,
            targets,
            weight=self.class_weights,
            label_smoothing=self.label_smoothing,
        )
        if stage == sb.Stage.TRAIN and self.class_weights is not None:
            if world_size() > 1:
                # Divided by the weights of all processes' targets, not by those
                # of this one: the mean over ranks is then that of the whole batch
                own = self.class_weights[targets].sum()
                loss = loss * own / mean_over_ranks(own)
        return loss

    def valid_figures(self, loss):
        """Return loss, WA and UA of the validation part."""
        report = classification_report(
            [self.classes[t] for t in self.targets],
            self.predictions(),
            self.classes,
        )
        scores = {"valid_WA": report["WA"], "valid_UA": report["UA"]}
        return {"valid_loss": loss, **scores}

    def predictions(self):
        """Return the most probable class of each utterance of the last evaluation.

        Returns
        -------
        list of str
            In the order of `ids`.
        """
        posteriors = torch.tensor(self.posteriors)
        _check_outputs(posteriors, self.ids)
        return [self.classes[i] for i in posteriors.argmax(dim=-1)]


def _check_outputs(outputs, ids):
    """Refuse outputs [B, C] that are not finite: they would count as class 0."""
    bad = [i for i, ok in zip(ids, outputs.isfinite().all(dim=-1)) if not ok]
    if bad:
        raise ValueError(
            f"the outputs of the classifier are not finite for {bad[0]} "
            f"({len(bad)} of {len(ids)} utterances): if its audio is as loud as "
            f"that of the others, the training has diverged; lower the learning "
            f"rate and train again in another --output_folder"
        )
