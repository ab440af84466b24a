"""Supervised speaker classification: the baseline of every method that does without labels."""

import speechbrain as sb
import torch

from sb_contrastive.brains.base import TrainingBrain
from sb_contrastive.evaluation.embeddings.probes import speaker_probes
from sb_contrastive.training.steps.epoch_means import EpochMeans


class SpeakerBrain(TrainingBrain):
    """Trains `modules["encoder"]` to tell the training speakers apart by the
    cosine between embedding and one weight vector per speaker, usually with an
    angular margin (Deng et al. 2019, https://arxiv.org/abs/1801.07698).

    Batches hold `crop` [B, 1, S] and, in training, `target` [B]. Validation
    speakers are others, so there is no loss: the log has EER and kNN accuracy
    of their embeddings.

    Arguments
    ---------
    modules : dict of str to torch.nn.Module
        `encoder`.
    classes : list of str
        Training speakers, in the order of their targets. Stage `pretrain` gives
        both when its `targets` is spk_id.
    classifier : callable
        Called with `out_neurons`, the number of speakers, makes the layer from
        embeddings [B, 1, D] to cosines [B, 1, C], e.g. SpeechBrain's
        `ECAPA_TDNN.Classifier` with its `input_size`.
    loss : callable
        (cosines [B, 1, C], targets [B, 1]) -> scalar, e.g. `LogSoftmaxWrapper`
        of `AdditiveAngularMargin`, which in spite of its name is the angular
        margin (ArcFace); SpeechBrain's `AngularMargin` is the additive one.
    speakers : dict of str to str, optional
        Utterance -> speaker of the validation part.
    **kwargs
        As for `TrainingBrain`.
    """

    views = ("crop",)  # names of the sets of crops in a batch
    figures = ("accuracy",)  # means over an epoch, for the log

    def __init__(
        self,
        modules,
        *args,
        classes,
        classifier,
        loss,
        speakers=None,
        **kwargs,
    ):
        head = classifier(out_neurons=len(classes))
        super().__init__({**modules, "classifier": head}, *args, **kwargs)
        self.loss = loss
        self.speakers = speakers or {}
        self.score = EpochMeans(self.figures).to(self.device)
        if self.checkpointer is not None:
            # Else an epoch that is resumed would count its second half only
            self.checkpointer.add_recoverable("score", self.score)

    def on_stage_start(self, stage, epoch=None):
        """Forget the embeddings of the last validation part."""
        super().on_stage_start(stage, epoch)
        self.ids, self.embeddings = [], []

    def compute_forward(self, batch, stage):
        """Embed the crops: [B, D]."""
        batch = batch.to(self.device)
        wavs = self.stacked(batch.crop.data, batch, stage)  # [B, S]
        return self.modules.encoder(wavs)

    def compute_objectives(self, predictions, batch, stage):
        """Compute the margin loss in training; it is 0 for unknown speakers."""
        if stage != sb.Stage.TRAIN:
            self.ids += batch.id
            self.embeddings.append(predictions.float())
            return predictions.new_zeros(())
        targets = batch.target.to(self.device)
        # Half precision rounds cosines near 1 to steps a scale of 30 makes large
        with torch.autocast(predictions.device.type, enabled=False):
            cosines = self.modules.classifier(
                predictions.float().unsqueeze(1)
            )  # [B, 1, C]
            # Before the margin, which the loss adds
            right = cosines.squeeze(1).argmax(dim=1) == targets
            loss, more = self.margin_loss(cosines, targets, batch)
            self.score.add({"accuracy": right.float().mean(), **more})
            return loss

    def margin_loss(self, cosines, targets, batch):
        """Return the loss of cosines [B, 1, C], and figures of it by name."""
        return self.loss(cosines, targets.unsqueeze(1)), {}

    def moved_by_forward(self):
        """Return the modules, and the count of crops that were recognised."""
        return [self.modules, self.score]

    def train_figures(self):
        """Return the share of training crops whose speaker is recognised."""
        return {f"train_{k}": v for k, v in self.score.read().items()}

    def valid_figures(self, loss):
        """Probe the embeddings of other speakers."""
        return speaker_probes(
            torch.cat(self.embeddings).cpu(), self.ids, self.speakers
        )
