"""Supervised speaker classification: the baseline of every method that does without labels."""

import speechbrain as sb
import torch

from sb_contrastive.brains.base import TrainingBrain
from sb_contrastive.distributed import sum_over_ranks, world_size
from sb_contrastive.evaluation.embeddings.probes import speaker_probes


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

    groups = ("crop",)  # of crops in a batch

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
        self.score = _Score().to(self.device)
        if self.checkpointer is not None:
            # Else an epoch that is resumed would count its second half only
            self.checkpointer.add_recoverable("score", self.score)

    def on_stage_start(self, stage, epoch=None):
        """Forgets the embeddings of the last validation part."""
        super().on_stage_start(stage, epoch)
        self.ids, self.embeddings = [], []

    def compute_forward(self, batch, stage):
        """Embeddings [B, D]."""
        batch = batch.to(self.device)
        wavs = self.stacked(batch.crop.data, batch, stage)  # [B, S]
        return self.modules.encoder(wavs)

    def compute_objectives(self, predictions, batch, stage):
        """The margin loss in training; 0 for speakers it does not know."""
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
            self.score.add(cosines.squeeze(1), targets)
            return self.loss(cosines, targets.unsqueeze(1))

    def on_stage_end(self, stage, stage_loss, epoch=None):
        """Logs accuracy and probes, saves a checkpoint."""
        if stage == sb.Stage.TRAIN:
            self.train = {
                "train_loss": stage_loss,
                "train_accuracy": self.score.read(),
            }
        elif stage == sb.Stage.VALID:
            probes = speaker_probes(
                torch.cat(self.embeddings).cpu(), self.ids, self.speakers
            )
            self.finish_epoch(epoch, self.train, probes)


class _Score(torch.nn.Module):
    """Share of training crops whose nearest speaker, before the margin, is
    theirs; kept on the device until the epoch ends."""

    def __init__(self):
        super().__init__()
        self.register_buffer("hits", torch.zeros((), dtype=torch.long))
        self.register_buffer("crops", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def add(self, cosines, targets):
        """Counts cosines [B, C] with targets [B], of all ranks: a checkpoint
        keeps what rank 0 has, and another may resume from it."""
        hits = (cosines.argmax(dim=1) == targets).sum()
        self.hits += sum_over_ranks(hits)
        self.crops += len(targets) * world_size()

    def read(self):
        """Returns the share of this epoch and starts anew."""
        share = (self.hits / self.crops).item()
        self.hits.zero_()
        self.crops.zero_()
        return share
