"""Reshapes an embedding space with two losses: apart between classes, compact within."""

import speechbrain as sb
import torch

from sb_contrastive.brains.base import TrainingBrain
from sb_contrastive.brains.logs.pair_log import PairLog
from sb_contrastive.distributed import mean_over_ranks, rank
from sb_contrastive.evaluation.embeddings.space import space_report
from sb_contrastive.suggestions import did_you_mean
from sb_contrastive.training.freezing import freeze, keep_frozen

SHOTS = (1, 5, 20)  # examples of each class, of the few-shot probe
SELECT = {
    "few_shot_UA": {"max_key": "valid_few_shot_UA_5"},
    "davies_bouldin": {"min_key": "valid_davies_bouldin"},
}


class MetricLearningBrain(TrainingBrain):
    """Trains `modules["encoder"]` and `modules["projector"]` with a
    `CombinedLoss` on the embedding r and the projector's z = g(r) (Lux et al.
    2022, https://arxiv.org/abs/2211.01964; Lepage & Dehak 2022,
    https://arxiv.org/abs/2207.05506).

    Batches hold `crop` [B, V, S], V crops of each utterance. What is alike is
    told by `partners`. With `ClassTriplets`, it is utterances of one class:
    batches hold `target` [B], those of the validation part whole utterances
    (`sig`), whose space is measured, and the best checkpoint by `select` is kept.
    With `ViewTriplets`, it is the two crops of an utterance; no label has
    any part in training, and `speakers` serve a probe in the log.

    Validation computes no loss: its batches are not made of P classes by Q.

    Arguments
    ---------
    loss : CombinedLoss
        The objective.
    partners : callable
        (IDs of the crops, epoch) -> triplets, see `sb_contrastive.data.sampling.triplets`.
    trainable : str
        "output": the projector alone; "affine": also the encoder's embedding
        affine; "all": everything.
    embedding : str
        "r" or "z": which of the two is used after training, and measured.
    select : str
        "few_shot_UA" (five examples of each class) or "davies_bouldin".
    classes : list of str, optional
        Names of the targets.
    speakers : dict of str to str, optional
        Utterance -> speaker of the validation part.
    **kwargs
        As for `TrainingBrain`.
    """

    groups = ("crop",)  # of crops in a batch
    whole_batch = "the losses of a space compare the utterances of a batch with each other"

    def __init__(
        self,
        *args,
        loss,
        partners,
        trainable="all",
        embedding="r",
        select="few_shot_UA",
        classes=None,
        speakers=None,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        if select not in SELECT:
            raise ValueError(
                f"select is one of {', '.join(SELECT)}, got {select!r}"
                f"{did_you_mean(select, SELECT)}"
            )
        if embedding not in ("r", "z"):
            raise ValueError(f"embedding is r or z, got {embedding!r}")
        moved = set(loss.placement.values())
        if trainable == "output" and "r" in moved:
            raise ValueError(
                "a loss on r cannot move a frozen encoder: set trainable to "
                "affine or all, or put both losses on z"
            )
        self.loss = loss.to(self.device)
        self.partners = partners
        self.trainable = trainable
        self.embedding = embedding
        self.shared = "z" if moved == {"z"} else "r"
        self.best = SELECT[select]
        self.classes = classes
        self.pairs = PairLog(speakers)
        self.terms = _Terms().to(self.device)
        freeze(self.modules.encoder, trainable)
        if self.checkpointer is not None:
            self.checkpointer.add_recoverables(
                {"loss": self.loss, "terms": self.terms}
            )

    def on_stage_start(self, stage, epoch=None):
        """Forgets the last validation part."""
        super().on_stage_start(stage, epoch)
        self.loss.train(stage == sb.Stage.TRAIN)
        self.embeddings, self.targets = [], []
        self.pairs.clear()

    def on_fit_batch_start(self, batch, should_step):
        """Keeps what is frozen in evaluation mode."""
        keep_frozen(self.modules.encoder, self.trainable)
        super().on_fit_batch_start(batch, should_step)

    def compute_forward(self, batch, stage):
        """Embeddings r [N, D] and z [N, P], N = V * B crops, view after view,
        or B whole utterances."""
        batch = batch.to(self.device)
        if hasattr(batch, "sig"):
            r = self.modules.encoder(*batch.sig)
        else:
            r = self.modules.encoder(
                self.stacked(batch.crop.data, batch, stage)
            )
        return r, self.modules.projector(r)

    def compute_objectives(self, predictions, batch, stage):
        """The mixed loss in training; in validation keeps what is measured."""
        r, z = predictions
        if stage != sb.Stage.TRAIN:
            self._keep(r, z, batch)
            return r.new_zeros(())
        views = len(r) // len(batch.id)
        triplets = self.partners(list(batch.id) * views, self.crops.epoch)
        triplets = torch.tensor(triplets, device=r.device)
        terms = self.loss.terms(r, z, self._labels(batch, views), triplets)
        self.terms.add(terms)
        shared = z if self.shared == "z" else r
        return self.loss.mix(*terms, shared, self.progress, self.optimizer_step)

    def _labels(self, batch, views):
        """Who is alike [V * B]: a class, or the crops of one utterance."""
        if hasattr(batch, "target"):
            return batch.target.to(self.device).repeat(views)
        B = len(batch.id)
        labels = torch.arange(B, device=self.device) + rank() * B
        return labels.repeat(views)

    def _keep(self, r, z, batch):
        if hasattr(batch, "target"):
            kept = {"r": r, "z": z}[self.embedding]
            self.embeddings.append(kept.detach().float())
            self.targets += batch.target.tolist()
        else:
            self.pairs.add(
                batch.id, z.unflatten(0, (2, -1)), r.unflatten(0, (2, -1))
            )

    def on_stage_end(self, stage, stage_loss, epoch=None):
        """Logs both losses and the space, saves a checkpoint."""
        if stage == sb.Stage.TRAIN:
            contrastive, non_contrastive = self.terms.read()
            self.train = {
                "train_loss": stage_loss,
                "train_contrastive": contrastive,
                "train_non_contrastive": non_contrastive,
            }
            return
        if self.targets:
            report = space_report(
                torch.cat(self.embeddings), self.targets, SHOTS
            )
            valid = {f"valid_{name}": value for name, value in report.items()}
        else:
            valid = self.pairs.figures()
        self.finish_epoch(epoch, self.train, valid)


class _Terms(torch.nn.Module):
    """Sums of both losses, unmixed, on the device until the epoch ends."""

    def __init__(self):
        super().__init__()
        self.register_buffer("sums", torch.zeros(2))
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def add(self, terms):
        """Adds the two losses of one batch, means over all ranks: a checkpoint
        keeps what rank 0 has, and another may resume from it."""
        self.sums += mean_over_ranks(torch.stack(terms))
        self.steps += 1

    def read(self):
        """Returns both means of this epoch and starts anew."""
        means = (self.sums / self.steps).tolist()
        self.sums.zero_()
        self.steps.zero_()
        return means
