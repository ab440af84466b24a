"""Training on pseudo-labels: doubtful labels are gated out, or corrected."""

import json

import torch
from speechbrain.utils.logger import get_logger

from sb_contrastive.brains.speaker import SpeakerBrain
from sb_contrastive.distributed import (
    gather_over_ranks,
    mean_over_ranks,
    unwrap,
)
from sb_contrastive.encoders.weights import save_weights
from sb_contrastive.encoders.weights_file import weights_from
from sb_contrastive.files import write_atomically
from sb_contrastive.schedules import as_schedule
from sb_contrastive.training.freezing import freeze, keep_frozen
from sb_contrastive.training.steps.evaluation_mode import evaluation_mode

logger = get_logger(__name__)

HEAD = "classifier.ckpt"  # beside the encoder
CLASSES = "classes.json"
ALARM = 0.4  # share of utterances that are gated out


class ClusterBrain(SpeakerBrain):
    """Trains `modules["encoder"]` to tell clusters apart, which stand for
    speakers whose names nobody knows.

    A `gate` keeps utterances of a high loss out, and a `correction` gives them
    new labels. The log has the shares of both as `train_gated` and
    `train_corrected`; the losses of all processes are noted by utterance.

    Arguments
    ---------
    modules, classes, classifier, speakers
        As for `SpeakerBrain`; the classes are the clusters.
    loss : AAMSoftmaxLoss
        Gives a loss for each utterance.
    utterances : list of str
        IDs of the training part, whose losses the gate remembers.
    gate : LossGate, optional
        All utterances count when absent.
    correction : LabelCorrection, optional
        Only together with a gate.
    margin : float or callable, optional
        Progress -> m, see `sb_contrastive.schedules`; the loss's own m when
        absent.
    trainable : str
        "output": the classifier alone; "affine": the encoder's embedding layer
        too; "all".
    **kwargs
        As for `TrainingBrain`.

    Raises
    ------
    ValueError
        When there is a correction without a gate.
    """

    figures = ("accuracy", "gated", "corrected")

    def __init__(
        self,
        modules,
        *args,
        utterances,
        gate=None,
        correction=None,
        margin=None,
        trainable="all",
        classes,
        **kwargs,
    ):
        if correction is not None and gate is None:
            raise ValueError(
                "labels are corrected where a gate finds them doubtful: give "
                "`gate` too, or leave `correction` out"
            )
        freeze(modules["encoder"], trainable)
        super().__init__(modules, *args, classes=classes, **kwargs)
        self.classes, self.trainable = list(classes), trainable
        self.margin = None if margin is None else as_schedule(margin)
        self.numbers = {name: n for n, name in enumerate(utterances)}
        self.gate, self.correction = gate, correction
        if gate is not None:
            gate.remember(len(self.numbers))
            self.gate = gate.to(self.device)
            if self.checkpointer is not None:
                self.checkpointer.add_recoverable("gate", self.gate)

    def on_fit_batch_start(self, batch, should_step):
        """Keep what is frozen in evaluation mode, whatever `train()` has done."""
        keep_frozen(self.modules.encoder, self.trainable)
        super().on_fit_batch_start(batch, should_step)

    def moved_by_forward(self):
        """Return also the gate: the losses of a skipped batch are forgotten."""
        gates = [] if self.gate is None else [self.gate]
        return [*super().moved_by_forward(), *gates]

    def margin_loss(self, cosines, targets, batch):
        """Compute the loss of those utterances whose label counts."""
        cosines = cosines.squeeze(1)  # [B, C]
        margin = self.margin and self.margin(self.progress)
        losses = self.loss.terms(cosines, targets, margin)  # [B]
        zero = losses.new_zeros(())
        if self.gate is None:
            return losses.mean(), {"gated": zero, "corrected": zero}
        items = torch.tensor(
            [self.numbers[i] for i in batch.id], device=losses.device
        )
        self.gate.note(gather_over_ranks(items), gather_over_ranks(losses))
        kept = self.gate.opens(losses, self.progress)
        total = losses.where(kept, 0).sum()
        gated = (~kept).float().mean()
        if self.correction is None or not self.correction.due(self.progress):
            # The mean of all processes' kept items is that of one process's
            count = mean_over_ranks(kept.sum().float())
            return total / count.clamp(min=1.0), {
                "gated": gated,
                "corrected": zero,
            }
        more, corrected = self._corrected(cosines, ~kept, batch, margin)
        return (total + more) / len(losses), {
            "gated": gated,
            "corrected": corrected / len(losses),
        }

    def _corrected(self, cosines, doubtful, batch, margin):
        """Sum the losses of doubtful utterances with the labels that the
        classifier gives them, and count those of which it is sure."""
        chosen = doubtful.nonzero().flatten()
        if not len(chosen):
            return cosines.sum() * 0, cosines.new_zeros(())
        crops = batch.crop.data[:, 0].to(cosines.device)[chosen]
        found, sure = self.correction(self._clean_cosines(crops))
        own = cosines[chosen]
        if self.correction.soft:
            losses = self.loss.soft_terms(own, found)
        else:
            losses = self.loss.terms(own, found.argmax(dim=1), margin)
        return losses.where(sure, 0).sum(), sure.float().sum()

    @torch.no_grad()
    def _clean_cosines(self, crops):
        """Classify crops without augmentation, in evaluation mode."""
        encoder = unwrap(self.modules.encoder)
        with evaluation_mode(encoder):
            z = encoder(crops)
        return unwrap(self.modules.classifier)(z.float())

    def train_figures(self):
        """Find the threshold for the next epoch, and return the shares of
        utterances that are recognised, gated out and corrected."""
        figures = super().train_figures()
        if self.gate is None:
            return {"train_accuracy": figures["train_accuracy"]}
        known = self.gate.refit()
        if not known and self.progress >= self.gate.begins:
            logger.warning(
                f"epoch {self.epoch}: the losses have one peak, or more than "
                f"{self.gate.most:.0%} of them are in the upper one, so nothing "
                f"tells wrong labels from right ones, and all are kept"
            )
        if figures["train_gated"] > ALARM:
            logger.warning(
                f"epoch {self.epoch}: {figures['train_gated']:.0%} of the "
                f"utterances are gated out: the clusters may be wrong, or the "
                f"threshold too low"
            )
        threshold = float(self.gate.threshold)
        return figures | ({"gate_threshold": threshold} if known else {})

    def start_beside(self, folder):
        """Take over the classifier of a start that has learnt these clusters."""
        known = folder / CLASSES
        if not (folder / HEAD).is_file() or not known.is_file():
            return
        if json.loads(known.read_text(encoding="utf-8")) == self.classes:
            with weights_from(folder / HEAD) as state:
                self.modules.classifier.load_state_dict(state)
            logger.info(f"The classifier is that of {folder}")

    def write_beside(self, folder):
        """Keep the classifier, for a stage that trains on with these clusters."""
        text = json.dumps(self.classes)
        write_atomically(
            folder / CLASSES, lambda p: p.write_text(text, encoding="utf-8")
        )
        save_weights(unwrap(self.modules.classifier), folder / HEAD)
