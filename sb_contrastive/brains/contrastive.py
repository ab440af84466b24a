"""SimCLR pretraining: two crops of an utterance find each other within the batch."""

import speechbrain as sb

from sb_contrastive.brains.base import TrainingBrain
from sb_contrastive.brains.logs.pair_log import PairLog
from sb_contrastive.schedules import Constant


class SimCLRBrain(TrainingBrain):
    """Trains `modules["encoder"]` with NT-Xent (Chen et al. 2020,
    https://arxiv.org/abs/2002.05709; with a margin on speech, Lepage & Dehak
    2024, https://arxiv.org/abs/2404.14913).

    Batches hold `pair` [B, 2, S] crops; both views go through the encoder in
    one pass. Where there is `modules["projector"]` ([N, D] -> [N, P], such as a
    `torch.nn.Sequential`), the loss acts on what it makes of the embeddings,
    and it is dropped after pretraining.

    Arguments
    ---------
    loss : NTXentLoss
        The objective.
    margin : callable, optional
        Progress -> m; the loss's own m when absent.
    speakers : dict of str to str, optional
        Utterance -> speaker of the validation part, for a probe in the log.
        No label has any part in training or in choosing a model.
    **kwargs
        As for `TrainingBrain`.
    """

    groups = ("pair",)  # of crops in a batch
    whole_batch = (
        "a contrastive loss compares every utterance of a batch with all others"
    )

    def __init__(self, *args, loss, margin=None, speakers=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.loss = loss.to(self.device)
        self.margin = margin or Constant(loss.margin)
        self.pairs = PairLog(speakers)

    def on_stage_start(self, stage, epoch=None):
        """Forgets the pairs of the last validation part."""
        super().on_stage_start(stage, epoch)
        self.loss.train(stage == sb.Stage.TRAIN)
        self.pairs.clear()

    def compute_forward(self, batch, stage):
        """Both views through the encoder and, if any, the projector.

        Arguments
        ---------
        batch : PaddedBatch
            With `pair` crops [B, 2, S].
        stage : speechbrain.Stage
            Crops are augmented in training only.

        Returns
        -------
        tuple of torch.Tensor
            What the loss compares [2, B, P] and the embeddings [2, B, D].
        """
        batch = batch.to(self.device)
        wavs = self.stacked(batch.pair.data, batch, stage)  # [2 * B, S]
        embeddings = outputs = self.modules.encoder(wavs)  # [2 * B, D]
        if "projector" in self.modules:
            outputs = self.modules.projector(embeddings)  # [2 * B, P]
        return outputs.unflatten(0, (2, -1)), embeddings.unflatten(0, (2, -1))

    def compute_objectives(self, predictions, batch, stage):
        """The loss; in validation also keeps what the monitors need."""
        outputs, embeddings = predictions
        if stage != sb.Stage.TRAIN:
            self.pairs.add(batch.id, outputs, embeddings)
        return self.loss(*outputs, margin=self.margin(self.progress))

    def monitors(self, loss):
        """The margin, and what the log of pairs has to say."""
        return {"margin": self.margin(self.progress), **self.pairs.figures()}
