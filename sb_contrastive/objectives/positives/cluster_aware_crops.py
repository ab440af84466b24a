"""Crops of one "utterance" come from several utterances of its cluster."""

from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.data.views.partners import Partners
from sb_contrastive.objectives.positives.positives import Positives
from sb_contrastive.queue import recording_ids
from sb_contrastive.ranges import Share


class ClusterAwareCrops(Positives):
    """Cluster-aware DINO (Han, Chen & Qian 2023,
    https://arxiv.org/abs/2304.05754), for any objective: from a share of training
    on, each crop is one of an utterance that is drawn from the cluster of its
    utterance, the own one included. Other than with `SSPS`, the student hears the
    other recordings, too, and gets a gradient from them.

    Arguments
    ---------
    groups : ClusteredMemory or SpeakerGroups
        See `Positives`.
    begins : float
        Share of training.

    Example
    -------
    >>> from sb_contrastive.objectives import SpeakerGroups
    >>> ClusterAwareCrops(SpeakerGroups(), begins=0.5).first_epoch(epochs=10)
    6
    """

    def __init__(self, groups, begins: Share = 0.5):
        super().__init__(groups, begins)
        self.partners = None

    def prepare(self, rows, targets, crops):
        """Tell the crops which utterances there are, see `Positives`."""
        super().prepare(rows, targets, crops)
        if not isinstance(crops, RandomCrops):
            raise ValueError(
                f"cluster-aware crops are cut out of audio by RandomCrops, and "
                f"these are {type(crops).__name__}: take other positives"
            )
        # Before any worker starts: it sees later changes in shared memory
        self.partners = crops.partners = Partners(rows)
        self.numbers = recording_ids([row["ID"] for row in rows])

    def begin_epoch(self, epoch, epochs):
        """Group anew, and tell the crops."""
        super().begin_epoch(epoch, epochs)
        if self.active:
            device = next(self.groups.buffers()).device
            found = self.groups.groups_of(self.numbers.to(device))[0]
            self.partners.set_groups(found.cpu())
        else:
            self.partners.set_groups(None)
