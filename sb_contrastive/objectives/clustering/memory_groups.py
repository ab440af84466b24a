"""Holds what all groupings of a memory share: they are found once an epoch, and looked up by utterance."""

import torch

UNKNOWN = -1  # the group of an utterance that has none


class MemoryGroups(torch.nn.Module):
    """A memory of the last embeddings, whose utterances are grouped when an epoch
    begins and stay so until the next. A subclass finds the groups. Whoever has
    embeddings writes them into `memory`.

    Arguments
    ---------
    memory : UtteranceMemory
        Of embeddings.
    seed : int
        Of the groups.
    groupings : int
        H, how many groups an utterance has.
    """

    uses_labels = False

    def __init__(self, memory, seed, groupings=1):
        super().__init__()
        self.memory, self.seed, self.groupings = memory, seed, groupings
        self.register_buffer("clustered", torch.zeros((), dtype=torch.long))

    def _make_room(self):
        numbers = self.memory.numbers
        none = numbers.new_full((self.groupings, len(numbers)), UNKNOWN)
        self.register_buffer("assignments", none)  # [H, M]

    def prepare(self, rows):
        """Make room for the utterances that are trained on.

        Arguments
        ---------
        rows : list of dict
            Manifest rows.
        """
        self.check(rows)
        self.memory.make_room(len(rows))
        self._make_room()

    def is_due(self, epoch):
        """Tell whether groups are to be found for an epoch, and note that they
        are: not where a run was resumed within it, since the memory is that of
        this epoch by now.

        Arguments
        ---------
        epoch : int
            Its number.

        Returns
        -------
        bool
        """
        self.memory.check_room()
        if int(self.clustered) == epoch:
            return False
        self.clustered.fill_(epoch)
        return True

    def groups_of(self, numbers):
        """Tell the groups of utterances.

        Arguments
        ---------
        numbers : torch.Tensor
            See `recording_ids` [B].

        Returns
        -------
        torch.Tensor
            [H, B], `UNKNOWN` where an utterance has none.
        """
        self.memory.check_room()
        places = self.memory.places_of(numbers)
        return torch.where(places >= 0, self.assignments[:, places], UNKNOWN)
