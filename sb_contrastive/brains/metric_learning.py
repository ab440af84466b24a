"""Reshapes an embedding space with two losses: apart between classes, compact within."""

import speechbrain as sb
import torch

from sb_contrastive.brains.pretraining import Forward, PretrainingBrain
from sb_contrastive.evaluation.embeddings.space import space_report
from sb_contrastive.objectives import MetricLearning
from sb_contrastive.suggestions import did_you_mean
from sb_contrastive.training.freezing import freeze, keep_frozen

SHOTS = (1, 5, 20)  # examples of each class, of the few-shot probe
SELECT = {
    "few_shot_UA": {"max_key": "valid_few_shot_UA_5"},
    "davies_bouldin": {"min_key": "valid_davies_bouldin"},
}


class MetricLearningBrain(PretrainingBrain):
    """Trains `modules["encoder"]` and `modules["projector"]` with a
    `CombinedLoss` on the embedding r and the projector's z = g(r) (Lux et al.
    2022, https://arxiv.org/abs/2211.01964; Lepage & Dehak 2022,
    https://arxiv.org/abs/2207.05506).

    Batches hold `crop` [B, V, S], V crops of each utterance. With
    `ClassTriplets`, utterances of one class are alike: batches hold `target`
    [B], those of the validation part whole utterances (`sig`), whose space is
    measured, and the best checkpoint by `select` is kept. With `ViewTriplets`,
    the two crops of an utterance are alike; no label has any part in training,
    and `speakers` serve a probe in the log.

    Validation computes no loss: its batches are not made of P classes by Q.

    Arguments
    ---------
    modules : dict of str to torch.nn.Module
        `encoder` and `projector`.
    loss, triplets
        As for the objective `MetricLearning`.
    trainable : str
        "output": the projector alone; "affine": also the encoder's embedding
        affine; "all": everything.
    embedding : str
        "r" or "z": which of the two is used after training, and measured.
    select : str
        "few_shot_UA" (five examples of each class) or "davies_bouldin".
    classes : list of str, optional
        Names of the targets.
    **kwargs
        As for `PretrainingBrain`.
    """

    def __init__(
        self,
        modules,
        *args,
        loss,
        triplets,
        trainable="all",
        embedding="r",
        select="few_shot_UA",
        classes=None,
        **kwargs,
    ):
        if select not in SELECT:
            raise ValueError(
                f"select is one of {', '.join(SELECT)}, got {select!r}"
                f"{did_you_mean(select, SELECT)}"
            )
        if embedding not in ("r", "z"):
            raise ValueError(f"embedding is r or z, got {embedding!r}")
        if trainable == "output" and "r" in loss.placement.values():
            raise ValueError(
                "a loss on r cannot move a frozen encoder: set trainable to "
                "affine or all, or put both losses on z"
            )
        objective = MetricLearning(loss, triplets, modules["projector"])
        super().__init__(
            modules, *args, objectives={"metric": objective}, **kwargs
        )
        self.trainable = trainable
        self.embedding = embedding
        self.best = SELECT[select]
        self.classes = classes
        freeze(self.modules.encoder, trainable)

    def on_stage_start(self, stage, epoch=None):
        """Forget the last validation part."""
        super().on_stage_start(stage, epoch)
        self.embeddings, self.targets = [], []

    def on_fit_batch_start(self, batch, should_step):
        """Keep what is frozen in evaluation mode."""
        keep_frozen(self.modules.encoder, self.trainable)
        super().on_fit_batch_start(batch, should_step)

    def compute_forward(self, batch, stage):
        """Embed crops as `PretrainingBrain` does, or whole utterances (`sig`),
        which give the outputs r [B, D] and z [B, P]."""
        if not hasattr(batch, "sig"):
            return super().compute_forward(batch, stage)
        r = self.modules.encoder(*batch.to(self.device).sig)
        outputs = {"metric": (r, self.modules.projector(r))}
        return Forward({}, {}, outputs)

    def compute_objectives(self, predictions, batch, stage):
        """Mix the losses in training; in validation keep what is measured."""
        if stage == sb.Stage.TRAIN or not hasattr(batch, "target"):
            return super().compute_objectives(predictions, batch, stage)
        r, z = predictions.outputs["metric"]
        kept = {"r": r, "z": z}[self.embedding]
        self.embeddings.append(kept.detach().float())
        self.targets += batch.target.tolist()
        return r.new_zeros(())

    def valid_figures(self, loss):
        """Measure the space of whole utterances, or the agreement of pairs."""
        if not self.targets:
            return super().valid_figures(loss)
        report = space_report(torch.cat(self.embeddings), self.targets, SHOTS)
        return {f"valid_{name}": value for name, value in report.items()}
