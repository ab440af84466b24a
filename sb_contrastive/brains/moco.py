"""MoCo pretraining: a crop finds the momentum embedding of the other among a queue of earlier ones."""

import copy

import speechbrain as sb
import torch

from sb_contrastive.brains.base import TrainingBrain
from sb_contrastive.brains.logs.pair_log import PairLog
from sb_contrastive.schedules import Constant


class MoCoBrain(TrainingBrain):
    """Trains `modules["encoder"]` against its moving average
    `modules["key_encoder"]`, an `EMATeacher` (He et al. 2020,
    https://arxiv.org/abs/1911.05722; with a margin on speech, Lepage & Dehak
    2024, https://arxiv.org/abs/2404.14913).

    Batches hold `pair` [B, 2, S] crops. Both views go through each encoder in
    one pass. The loss has two directions, queries of view 1 against keys of
    view 2 and the other way round, each with a queue of the keys of its own
    view. Both queues take the keys in after the backward pass, never between
    the directions: a key in the queue would be a negative of itself.

    A projector needs its moving average too: `modules["projector"]` and
    `modules["key_projector"]`. Both are dropped after pretraining.

    Arguments
    ---------
    loss : MoCoLoss
        The objective of one direction.
    queue : KeyQueue
        The queue of one view; it is copied for the other. Both are saved with
        the checkpoint.
    key_momentum : callable
        Progress -> m_k of the key encoder.
    margin : callable, optional
        Progress -> m; the loss's own m when absent.
    speakers : dict of str to str, optional
        Utterance -> speaker of the validation part, for a probe in the log.
        No label has any part in training or in choosing a model.
    **kwargs
        As for `TrainingBrain`.
    """

    groups = ("pair",)  # of crops in a batch
    after_backward = ("queues",)
    whole_batch = "the queues of MoCo take in the keys of each batch"

    def __init__(
        self,
        *args,
        loss,
        queue,
        key_momentum,
        margin=None,
        speakers=None,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.loss = loss.to(self.device)
        self.queues = torch.nn.ModuleList([queue, copy.deepcopy(queue)])
        self.queues.to(self.device)
        self.key_momentum = key_momentum
        self.margin = margin or Constant(loss.margin)
        self.pairs = PairLog(speakers)
        self.followed = [n for n in self.modules if f"key_{n}" in self.modules]
        for name in ("encoder", "projector"):
            if name in self.modules and name not in self.followed:
                raise ValueError(
                    f"modules has {name} and not key_{name}: add an EMATeacher "
                    f"of it by that name"
                )
        if self.checkpointer is not None:
            self.checkpointer.add_recoverable("queues", self.queues)

    def on_stage_start(self, stage, epoch=None):
        """Forgets the pairs of the last validation part."""
        super().on_stage_start(stage, epoch)
        self.loss.train(stage == sb.Stage.TRAIN)
        self.pairs.clear()

    def compute_forward(self, batch, stage):
        """Both views through both encoders and, if any, their projectors.

        Arguments
        ---------
        batch : PaddedBatch
            With `pair` crops [B, 2, S].
        stage : speechbrain.Stage
            Crops are augmented in training only.

        Returns
        -------
        tuple of torch.Tensor
            Queries and keys [2, B, P], and the embeddings [2, B, D] that the
            queries are made of.
        """
        batch = batch.to(self.device)
        wavs = self.stacked(batch.pair.data, batch, stage)  # [2 * B, S]
        embeddings = queries = self.modules.encoder(wavs)  # [2 * B, D]
        keys = self.modules.key_encoder(wavs)
        if "projector" in self.modules:
            queries = self.modules.projector(embeddings)  # [2 * B, P]
            keys = self.modules.key_projector(keys)
        return tuple(
            x.unflatten(0, (2, -1)) for x in (queries, keys, embeddings)
        )

    def compute_objectives(self, predictions, batch, stage):
        """The mean of both directions; in validation also keeps what the
        monitors need."""
        queries, keys, embeddings = predictions
        if stage != sb.Stage.TRAIN:
            self.pairs.add(batch.id, queries, embeddings)
        margin = self.margin(self.progress)
        directions = [
            self.loss(queries[0], keys[1], self.queues[1].filled, margin),
            self.loss(queries[1], keys[0], self.queues[0].filled, margin),
        ]
        return sum(directions) / 2

    def on_fit_batch_end(self, batch, outputs, loss, should_step):
        """Fills the queues, then moves the key encoder after each optimiser step."""
        _, keys, _ = outputs
        for queue, view in zip(self.queues, keys):
            queue.enqueue(view)
        if should_step:
            # optimizer_step has advanced: this is the momentum of the step just done
            done = max(self.optimizer_step - 1, 0) / max(self.total_steps, 1)
            momentum = self.key_momentum(done)
            for name in self.followed:
                self.modules[f"key_{name}"].update(self.modules[name], momentum)
        super().on_fit_batch_end(batch, outputs, loss, should_step)

    def monitors(self, loss):
        """The margin, and what the log of pairs has to say."""
        return {"margin": self.margin(self.progress), **self.pairs.figures()}

    def start_from(self, state):
        """Continues from an encoder pretrained before, on both sides; a
        projector starts anew.

        Arguments
        ---------
        state : dict of str to torch.Tensor
            Its `state_dict`.
        """
        super().start_from(state)
        self.modules.key_encoder.network.load_state_dict(state)
