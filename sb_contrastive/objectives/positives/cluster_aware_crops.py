"""Crops of one "utterance" come from several utterances of its cluster."""

import numpy as np

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

    The log has `positives_replaced`, which share of the crops is of another
    utterance in the mean over draws; where the manifest has speakers, also
    `positives_same_speaker`, how many of these are of the same speaker, for
    judging only.

    Arguments
    ---------
    groups : ClusteredMemory, PseudoSpeakers or SpeakerGroups
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
        self.partners, self.speakers, self.found = None, None, {}

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
        speakers = [row.get("spk_id") for row in rows]
        if all(speakers):
            self.speakers = np.unique(speakers, return_inverse=True)[1]

    def begin_epoch(self, epoch, epochs):
        """Group anew, and tell the crops."""
        super().begin_epoch(epoch, epochs)
        self.found = {}
        if self.active:
            device = next(self.groups.buffers()).device
            found = self.groups.groups_of(self.numbers.to(device))[0].cpu()
            self.partners.set_groups(found)
            self.found = _draws_of(found.numpy(), self.speakers)
        else:
            self.partners.set_groups(None)

    def figures(self):
        """Return the figures of an epoch, see `ClusterAwareCrops`."""
        return self.found


def _draws_of(groups, speakers):
    """Tell what is drawn in the mean, of groups [N], -1 of one that has none, and
    speakers [N], or None."""
    of_group = groups >= 0
    groups = groups[of_group]
    size = _how_many(groups[None])
    replaced = (
        1 - 1 / size
    ).sum()  # each draws itself once in its group's size
    found = {"positives_replaced": float(replaced / len(of_group))}
    if speakers is not None and replaced:
        alike = _how_many(np.stack([groups, speakers[of_group]]))
        same = ((alike - 1) / size).sum()
        found["positives_same_speaker"] = float(same / replaced)
    return found


def _how_many(columns):
    """Count the columns [..., N] that are equal to each of them [N]."""
    _, place, count = np.unique(
        columns, axis=1, return_inverse=True, return_counts=True
    )
    return count[place.reshape(-1)]
