"""Crops of one "utterance" come from several utterances of its cluster."""

import numpy as np
import torch

from sb_contrastive.data.views.crops import RandomCrops
from sb_contrastive.data.views.partners import Partners
from sb_contrastive.objectives.positives.positives import Positives
from sb_contrastive.queue import recording_ids
from sb_contrastive.ranges import Share


class ClusterAwareCrops(Positives):
    """Cluster-aware DINO (Han, Chen & Qian 2023,
    https://arxiv.org/abs/2304.05754), for any objective: from a share of training
    on, each crop is one of an utterance that is drawn from the cluster of its
    utterance, the own one included. Unlike with `SSPS`, the student hears the
    other recordings, too, and gets a gradient from them.

    The log has `positives_replaced`, the expected share of crops that are of
    another utterance; where the manifest has speakers, also
    `positives_same_speaker`, the share of these that are of the same speaker, for
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
            numbers = np.unique(speakers, return_inverse=True)[1]
            self.speakers = torch.from_numpy(numbers)

    def begin_epoch(self, epoch, epochs):
        """Group anew, and tell the crops."""
        super().begin_epoch(epoch, epochs)
        self.found = {}
        if self.active:
            device = next(self.groups.buffers()).device
            found = self.groups.groups_of(self.numbers.to(device))[0].cpu()
            known = found >= 0
            # One that is alone has its own crops, which can avoid each other
            found[known] = found[known].where(_sizes(found[known]) > 1, -1)
            self.partners.set_groups(found)
            self.found = _draws_of(found, self.speakers)
        else:
            self.partners.set_groups(None)

    def figures(self):
        """Return the figures of an epoch, see `ClusterAwareCrops`."""
        return self.found


def _draws_of(groups, speakers):
    """Tell what is drawn in the mean, of groups [N], -1 of one that has none, and
    speakers [N], or None."""
    known = groups >= 0
    size = _sizes(groups[known])
    replaced = (1 - 1 / size).sum()  # with probability 1 / size it is itself
    found = {"positives_replaced": float(replaced / len(groups))}
    if speakers is not None and replaced:
        speakers = speakers[known]
        both = groups[known] * (1 + speakers.max()) + speakers
        same = ((_sizes(both) - 1) / size).sum()
        found["positives_same_speaker"] = float(same / replaced)
    return found


def _sizes(groups):
    """Count how often the group of each occurs [N]."""
    _, place, count = groups.unique(return_inverse=True, return_counts=True)
    return count[place]
