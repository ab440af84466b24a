"""The targets that objectives pull an utterance to, and those of other utterances in their place."""

from speechbrain.utils.logger import get_logger

from sb_contrastive.distributed import unwrap
from sb_contrastive.objectives.objective import clean
from sb_contrastive.objectives.positives.positives import REFERENCE
from sb_contrastive.training.steps.evaluation_mode import evaluation_mode

logger = get_logger(__name__)


class PositiveTargets:
    """Lends the targets of other utterances to those objectives that are pulled
    to targets of one network: the first teacher of those that have a positive,
    or the student where none of them has a teacher.

    Arguments
    ---------
    positives : Positives or None
        Where they are from; from the utterance itself when None, and then
        nothing here does anything.
    objectives : mapping of str to Objective
        By name.
    sets : CropSets
        The crops of these objectives.

    Raises
    ------
    ValueError
        If targets are to be drawn and no objective has a positive.
    """

    def __init__(self, positives, objectives, sets):
        self.positives, self.objectives = positives, objectives
        self.sets, self.source, self.pulled = sets, None, []
        if positives is None:
            return
        having = [n for n, o in objectives.items() if o.has_positive]
        if having:
            self.source = next(
                (t for n, t in sets.teachers.items() if n in having), None
            )
            self.pulled = [
                n for n in having if sets.teachers.get(n) == self.source
            ]
        elif positives.draws:
            raise ValueError(
                f"positives are given, but {', '.join(objectives)} has no "
                f"positive: leave them out, or take an objective of pairs"
            )

    def check(self, rows):
        """Refuse utterances to train on (manifest rows) that cannot be grouped."""
        if self.positives is not None:
            self.positives.check(rows)

    def prepare(self, rows, crops):
        """Make ready for the utterances that are trained on (manifest rows),
        whose crops `crops` draws."""
        if self.positives is not None:
            self.positives.prepare(rows, self._count(crops), crops)

    def _count(self, crops):
        """Count the targets of an utterance, see `Positives.prepare`."""
        if self.source is None:
            return 1
        name = self.sets.of_teacher(self.source)[0].removeprefix(clean(""))
        return crops.counts[self.sets.names.index(name)]

    def begin_epoch(self, epoch, epochs):
        """Begin an epoch of training, of so many; warn where positives of other
        utterances come too late for this run."""
        first = self.positives.first_epoch(epochs)
        if epoch == 1 and first > epochs:
            logger.warning(
                f"positives of other utterances begin in epoch {first}, and "
                f"there are {epochs}: they have no part in this run"
            )
        self.positives.begin_epoch(epoch, epochs)

    def draw(self, moment, embeddings, teachers):
        """Draw what a batch is pulled to.

        Arguments
        ---------
        moment : Moment
            Who is in the batch.
        embeddings, teachers : dict
            See `Forward`.

        Returns
        -------
        Drawn or None
            None where all utterances keep their own targets.
        """
        positives = self.positives
        if positives is None or not (positives.active and positives.draws):
            return None
        return positives.draw(moment, self._own(embeddings, teachers))

    def reference(self, batch, modules):
        """Embed the clean crops of a batch, where they are to be grouped.

        Arguments
        ---------
        batch : PaddedBatch
            On the device of the modules.
        modules : mapping of str to torch.nn.Module
            The network whose targets are stored embeds them, in evaluation mode.

        Returns
        -------
        torch.Tensor or None
            [B, D].
        """
        positives = self.positives
        if positives is None or not positives.filling or positives.view is None:
            return None
        network = unwrap(modules[self.source or "encoder"])
        with evaluation_mode(network):
            return network(getattr(batch, REFERENCE).data[:, 0])

    def note(self, moment, forward):
        """Take in a step after it was taken.

        Arguments
        ---------
        moment : Moment
            Who was in the batch.
        forward : Forward
            The batch after the networks.
        """
        if self.positives is None or not self.positives.filling:
            return
        own = None
        if self.positives.draws:
            own = self._own(forward.embeddings, forward.teachers)
        self.positives.note(moment, own, forward.reference, forward.drawn)

    def figures(self):
        """Return figures of an epoch of training for the log, and start anew."""
        found = {} if self.positives is None else self.positives.figures()
        return {f"train_{name}": value for name, value in found.items()}

    def _own(self, embeddings, teachers):
        """Return what the utterances of a batch are pulled to by themselves [V, B,
        D], without gradient."""
        if self.source is not None:
            view = self.sets.of_teacher(self.source)[0]
            return teachers[self.source][view].detach()
        name = self.pulled[0]
        return embeddings[self.objectives[name].views[0]][1:2].detach()
