"""DINO pretraining: the student matches the teacher across crops of one utterance."""

import speechbrain as sb
import torch

from sb_contrastive.brains.base import TrainingBrain
from sb_contrastive.brains.logs.dino_log import DINOLog
from sb_contrastive.distributed import unwrap


class DINOBrain(TrainingBrain):
    """Trains `modules["encoder"]` and `modules["head"]` against their moving
    averages `modules["teacher_encoder"]` and `modules["teacher_head"]` (Cho et
    al. 2022, https://arxiv.org/abs/2208.05445, section on DINO).

    Batches hold `long` [B, G, S] and `short` [B, L, S'] crops. The student sees
    all, the teacher the long ones. Crops of one length go through the encoder
    together, all embeddings through the head together.

    Arguments
    ---------
    loss : DINOLoss
        The objective; its centre is saved with the checkpoint.
    teacher_momentum : callable
        Progress -> m.
    teacher_temperature : callable
        Progress -> tau_t.
    freeze_prototypes : float
        Share of training during which the prototypes stay as they were drawn.
    spread : callable, optional
        Embeddings [B, D] of one long crop of each utterance -> scalar, e.g.
        `KoLeoLoss`; added to the objective in training, averaged over the
        student's long crops.
    spread_weight : float
        Its weight.
    speakers : dict of str to str, optional
        Utterance -> speaker of the validation part, for a probe in the log.
        No label has any part in training or in choosing a model.
    **kwargs
        As for `TrainingBrain`.
    """

    groups = ("long", "short")  # of crops in a batch
    whole_batch = "the centre of DINO moves with each batch and the spread is that within one"

    def __init__(
        self,
        *args,
        loss,
        teacher_momentum,
        teacher_temperature,
        freeze_prototypes=0.0,
        spread=None,
        spread_weight=0.1,
        speakers=None,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.loss = loss.to(self.device)
        self.teacher_momentum = teacher_momentum
        self.teacher_temperature = teacher_temperature
        self.freeze_prototypes = freeze_prototypes
        self.spread = spread
        self.spread_weight = spread_weight
        self.teacher_log = DINOLog(speakers)
        if self.checkpointer is not None:
            self.checkpointer.add_recoverable("loss", self.loss)

    def on_stage_start(self, stage, epoch=None):
        """Forgets what the teacher made of the last validation part."""
        super().on_stage_start(stage, epoch)
        self.loss.train(stage == sb.Stage.TRAIN)
        self.teacher_log.clear()

    def compute_forward(self, batch, stage):
        """Student and teacher on the same crops.

        Arguments
        ---------
        batch : PaddedBatch
            With `long` and `short` crops.
        stage : speechbrain.Stage
            Crops are augmented in training only.

        Returns
        -------
        tuple of torch.Tensor
            Student logits [V, B, K], teacher logits [G, B, K], and of the long
            crops the student's and the teacher's embeddings [G, B, D].
        """
        batch = batch.to(self.device)
        long, short = self._views(batch, stage)
        B = len(batch)
        student = torch.cat(
            [self.modules.encoder(long), self.modules.encoder(short)]
        )  # [V * B, D]
        logits = self.modules.head(student)
        teacher = self.modules.teacher_encoder(long)  # [G * B, D]
        targets = self.modules.teacher_head(teacher)
        outputs = (logits, targets, student[: len(long)], teacher)
        return tuple(x.unflatten(0, (-1, B)) for x in outputs)

    def _views(self, batch, stage):
        """Long and short crops [G * B, S], [L * B, S'], numbered as one row."""
        long, short = batch.long.data, batch.short.data
        return (
            self.stacked(long, batch, stage),
            self.stacked(short, batch, stage, first=long.shape[1]),
        )

    def compute_objectives(self, predictions, batch, stage):
        """The loss; in validation also keeps what the monitors need."""
        logits, targets, student, teacher = predictions
        temperature = self.teacher_temperature(self.progress)
        loss = self.loss(logits, targets, temperature)
        if stage != sb.Stage.TRAIN:
            probabilities = self.loss.targets(targets, temperature)
            self.teacher_log.add(batch.id, teacher, probabilities)
        elif self.spread is not None:
            spread = sum(self.spread(crop) for crop in student) / len(student)
            loss = loss + self.spread_weight * spread
        return loss

    def optimizers_step(self):
        """While the prototypes are frozen they have no gradient at all: with a
        zero one, weight decay and Adam's moments would still move them."""
        if self.progress < self.freeze_prototypes:
            unwrap(self.modules.head).prototypes.grad = None
        super().optimizers_step()

    def on_fit_batch_end(self, batch, outputs, loss, should_step):
        """Moves the teacher after each optimiser step."""
        if should_step:
            # optimizer_step has advanced: this is the momentum of the step just done
            done = max(self.optimizer_step - 1, 0) / max(self.total_steps, 1)
            momentum = self.teacher_momentum(done)
            for name in ("encoder", "head"):
                self.modules[f"teacher_{name}"].update(
                    self.modules[name], momentum
                )
        super().on_fit_batch_end(batch, outputs, loss, should_step)

    def monitors(self, loss):
        """What the log of the teacher has to say."""
        return self.teacher_log.figures(loss)

    def prototypes(self):
        """K, the size of the centre."""
        return self.loss.center.shape[-1]

    def start_from(self, state):
        """Continues from an encoder pretrained before, as student and teacher;
        the heads start anew.

        Arguments
        ---------
        state : dict of str to torch.Tensor
            Its `state_dict`.
        """
        super().start_from(state)
        self.modules.teacher_encoder.network.load_state_dict(state)

    def pretrained_encoder(self):
        """The network to keep: the teacher's encoder, which generalises better.

        Returns
        -------
        UtteranceEncoder
        """
        return self.modules.teacher_encoder.network
