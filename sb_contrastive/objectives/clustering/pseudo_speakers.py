"""Groups that are speakers, as far as embeddings can tell without a label."""

import torch
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.manifests.corpora import CORPUS, parts_by
from sb_contrastive.distributed import copy_from_first_rank
from sb_contrastive.evaluation.clustering.pseudo_labels import (
    find_pseudo_labels,
)
from sb_contrastive.objectives.clustering.memory_groups import (
    UNKNOWN,
    MemoryGroups,
)
from sb_contrastive.queue import recording_ids
from sb_contrastive.ranges import Share

logger = get_logger(__name__)

LEAST = 2  # utterances in a group: one alone has no partner


class PseudoSpeakers(MemoryGroups):
    """A memory of the last embeddings, grouped as stage `cluster` does it: by
    average linkage, down to the cosine where one speaker is as probable as two.
    k-means always gives each utterance a group; here, those of which it is not
    clear who they belong to have none. Groups are found when an epoch begins.

    Arguments
    ---------
    memory : UtteranceMemory
        Of embeddings, with one view.
    seed : int
        See `find_pseudo_labels`.
    within : str, optional
        A column of the manifest, see `parts_by`: each of its values is grouped
        by itself, and one in which nothing tells speakers apart has no groups.
    whitening : float
        See `find_pseudo_labels`.
    least_sure : float
        Probability of its group, below which an utterance has none.

    Example
    -------
    >>> from sb_contrastive.utterance_memory import UtteranceMemory
    >>> groups = PseudoSpeakers(UtteranceMemory(None, 16, views=1))
    >>> names = [f"{speaker}{n}" for speaker in "abcd" for n in range(6)]
    >>> groups.prepare([{"ID": name} for name in names])
    >>> generator = torch.Generator().manual_seed(0)
    >>> z = torch.eye(16)[:4].repeat_interleave(6, dim=0)
    >>> z = z + 0.05 * torch.randn(24, 16, generator=generator)
    >>> groups.memory.write(names, z[None])
    >>> groups.begin_epoch(2)
    True
    >>> groups.groups_of(recording_ids(["a0", "a5", "d3"])).tolist()
    [[0, 0, 3]]
    """

    def __init__(
        self,
        memory,
        seed=0,
        within: str | None = CORPUS,
        whitening: Share = 0.5,
        least_sure: Share = 0.5,
    ):
        super().__init__(memory, seed)
        self.within, self.whitening = within, whitening
        self.least_sure = least_sure
        self.parts = None  # number of an utterance -> its part
        self._make_room()

    def check(self, rows):
        """Refuse an utterance of which it is not known which part it is of.

        Arguments
        ---------
        rows : list of dict
            Manifest rows of the utterances to train on.
        """
        parts_by(rows, self.within)

    def prepare(self, rows):
        """Make room for the utterances that are trained on.

        Arguments
        ---------
        rows : list of dict
            Manifest rows.
        """
        super().prepare(rows)
        parts = parts_by(rows, self.within)
        numbers = recording_ids([row["ID"] for row in rows]).tolist()
        self.parts = None if parts is None else dict(zip(numbers, parts))

    def begin_epoch(self, epoch, share=0.0):
        """Group the memory, once an epoch.

        Arguments
        ---------
        epoch : int
            Its number.
        share : float
            Of the epochs that use groups; it changes nothing.

        Returns
        -------
        bool
            Whether there are new groups. Not where a run was resumed within the
            epoch, since the memory is that of this epoch by now.
        """
        if not self.is_due(epoch):
            return False
        self.assignments.fill_(UNKNOWN)
        z = self.memory.filled[0]
        numbers = self.memory.numbers[: len(z)].tolist()
        parts = self.parts and [self.parts[number] for number in numbers]
        try:
            found = find_pseudo_labels(
                z.float().cpu().numpy(),
                numbers,
                clusters=None,
                least=LEAST,
                most=None,
                least_sure=self.least_sure,
                whitening=self.whitening,
                seed=self.seed,
                speakers=[None] * len(numbers),
                name=f"epoch {epoch}",
                parts=parts,
            )
        except ValueError as error:
            logger.warning(
                f"{error}. In this epoch each utterance is by itself"
            )
        else:
            labels = torch.from_numpy(found.groups.labels)
            labels[~torch.from_numpy(found.kept)] = UNKNOWN
            self.assignments[0, : len(labels)] = labels.to(self.assignments)
        # Rounding, and so what is found, may differ between processors
        copy_from_first_rank([self.assignments])
        return bool((self.assignments != UNKNOWN).any())
