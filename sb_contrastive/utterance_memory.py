"""The latest embeddings of each utterance, which are clustered once an epoch."""

import torch

from sb_contrastive.distributed import gather_over_ranks
from sb_contrastive.queue import recording_ids
from sb_contrastive.ranges import Count


class UtteranceMemory(torch.nn.Module):
    """Keeps the last embeddings of each utterance, one for each view.

    Its state is in buffers of a fixed size, so a checkpoint restores it bit for
    bit. Numbers have half precision, 11 binary digits, up to 65 504: enough for
    the cosines of unit vectors, at half of the size. An utterance for which there
    is no place takes that of the one that came first.

    Arguments
    ---------
    size : int or None
        M, the number of utterances; None: as many as are trained on, for whom
        whoever trains makes room.
    dim : int
        D, the size of an embedding.
    views : int
        V, the embeddings of each utterance.

    Example
    -------
    >>> memory = UtteranceMemory(size=4, dim=1, views=1)
    >>> memory.write(["a", "b"], torch.tensor([[[1.0], [2.0]]]))
    >>> memory.write(["b"], torch.tensor([[[3.0]]]))
    >>> memory.filled.flatten(), memory.places(["b", "c"])
    (tensor([1., 3.], dtype=torch.float16), tensor([ 1, -1]))
    """

    def __init__(self, size: Count | None, dim: Count, views: Count = 2):
        super().__init__()
        self.fixed = size is not None
        # Of utterances; -1 where there is none yet
        self.register_buffer("numbers", torch.full((size or 0,), -1))
        none = torch.zeros(views, size or 0, dim, dtype=torch.float16)
        self.register_buffer("embeddings", none)
        self.register_buffer("written", torch.zeros((), dtype=torch.long))
        self.sorted = None  # numbers in order, and the place of each

    def make_room(self, utterances):
        """Make room for so many utterances, unless a size was given.

        Arguments
        ---------
        utterances : int
            Their number.
        """
        if not self.fixed:
            views, _, dim = self.embeddings.shape
            self.numbers = self.numbers.new_full((utterances,), -1)
            self.embeddings = self.embeddings.new_zeros(views, utterances, dim)

    def check_room(self):
        """Refuse to be used before room was made."""
        if not len(self.numbers):
            raise ValueError(
                "the memory of utterances has no room yet: call prepare(rows) of "
                "the Brain with the rows to train on, or give UtteranceMemory a "
                "size"
            )

    @property
    def filled(self):
        """The embeddings of the utterances that were written [V, count, D]."""
        count = min(int(self.written), len(self.numbers))
        return self.embeddings[:, :count]

    def places(self, utterances):
        """Find utterances.

        Arguments
        ---------
        utterances : list of str
            IDs.

        Returns
        -------
        torch.Tensor
            The place of each [B], -1 where it has none.
        """
        numbers = recording_ids(utterances).to(self.numbers.device)
        return self.places_of(numbers)

    def places_of(self, numbers):
        """Find utterances by their numbers.

        Arguments
        ---------
        numbers : torch.Tensor
            See `recording_ids` [B].

        Returns
        -------
        torch.Tensor
            The place of each [B], -1 where it has none.
        """
        if not len(self.numbers):
            return torch.full_like(numbers, -1)
        # Sorting a million takes longer than a step, and they seldom change
        state = self.numbers.data_ptr(), self.numbers._version
        if self.sorted is None or self.sorted[0] != state:
            self.sorted = state, *self.numbers.sort()
        _, known, places = self.sorted
        at = torch.searchsorted(known, numbers).clamp(max=len(known) - 1)
        return torch.where(known[at] == numbers, places[at], -1)

    @torch.no_grad()
    def write(self, utterances, embeddings):
        """Write the embeddings of all processes, rank after rank, over earlier
        ones of the same utterances.

        Arguments
        ---------
        utterances : list of str
            IDs of the batch of this process.
        embeddings : torch.Tensor
            [V, B, D], with the same B on each rank.

        Raises
        ------
        ValueError
            If there is no room.
        """
        self.check_room()
        numbers = recording_ids(utterances).to(self.numbers.device)
        numbers = gather_over_ranks(numbers)
        rows = gather_over_ranks(embeddings.transpose(0, 1)).transpose(0, 1)
        places = self.places_of(numbers)
        new = places < 0
        following = self.written + new.cumsum(0) - 1
        places = torch.where(new, following % len(self.numbers), places)
        if new.any():  # else their order is still known, see `places_of`
            self.numbers[places] = numbers
        self.embeddings[:, places] = rows.to(self.embeddings)
        self.written += new.sum()
