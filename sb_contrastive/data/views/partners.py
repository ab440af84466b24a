"""Utterances of one group, of which crops may be drawn in the place of one of them."""

import torch

from sb_contrastive.data.columns.access import only
from sb_contrastive.data.columns.lookup import Lookup
from sb_contrastive.data.randomness import keyed_generator


class Partners:
    """Knows the audio of all utterances and, in memory that processes share, the
    group of each, which changes from epoch to epoch.

    Arguments
    ---------
    rows : Rows or list of dict
        Manifest rows.

    Example
    -------
    >>> rows = [{"ID": i, "wav": f"{i}.wav", "start": 0, "stop": 9} for i in "abc"]
    >>> partners = Partners(rows)
    >>> partners.set_groups(torch.tensor([0, 1, 1]))
    >>> partners.draw("a", 1), partners.draw("b", 2)[0] in ("b.wav", "c.wav")
    (('a.wav', 0, 9), True)
    """

    def __init__(self, rows):
        self.rows = only(rows, ("wav", "start", "stop"))
        self.find = Lookup(rows)
        self.find.prepare()
        self.groups = torch.full((len(rows),), -1).share_memory_()

    def set_groups(self, groups):
        """Set the group of each utterance.

        Arguments
        ---------
        groups : torch.Tensor or None
            [N] in the order of the rows, -1 of one that is alone; None: all are.
        """
        if groups is None:
            self.groups.fill_(-1)
        else:
            self.groups.copy_(groups)

    def has_group(self, utterance):
        """Tell whether an utterance has a group at present.

        Arguments
        ---------
        utterance : str
            Its ID.

        Returns
        -------
        bool
        """
        place = self.find(utterance)
        return place is not None and bool(self.groups[place] >= 0)

    def draw(self, utterance, *keys):
        """Draw an utterance of the same group, itself included.

        Arguments
        ---------
        utterance : str
            Its ID; it has a group.
        *keys : int or str
            What the draw depends on besides, see `keyed_generator`.

        Returns
        -------
        tuple
            wav, start and stop.
        """
        group = self.groups[self.find(utterance)]
        members = (self.groups == group).nonzero().flatten()
        rng = keyed_generator(*keys, utterance, "partner")
        row = self.rows[int(members[int(rng.integers(len(members)))])]
        return row["wav"], int(row["start"]), int(row["stop"])
