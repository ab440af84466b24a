"""The true speakers in the place of clusters, for studies of what clusters could bring."""

import torch

from sb_contrastive.data.manifests.columns import column_title
from sb_contrastive.data.manifests.source import source_of
from sb_contrastive.queue import recording_ids


class SpeakerGroups(torch.nn.Module):
    """Groups utterances by a column of the manifest. **It uses labels**, so that
    what is trained with it is no longer self-supervised: it is an oracle, which
    shows how much better groups would help. Every result of such a run says so.

    Arguments
    ---------
    column : str
        Column of the manifest.

    Example
    -------
    >>> groups = SpeakerGroups()
    >>> groups.prepare([{"ID": i, "spk_id": i[0]} for i in ("a1", "a2", "b1")])
    >>> groups.groups_of(recording_ids(["a2", "b1", "c1"]))
    tensor([[ 0,  1, -1]])
    """

    uses_labels = True

    def __init__(self, column: str = "spk_id"):
        super().__init__()
        self.column = column
        # Known from the rows, so that no checkpoint needs them
        none = torch.zeros(0, dtype=torch.long)
        self.register_buffer("numbers", none, persistent=False)
        self.register_buffer("speakers", none.clone(), persistent=False)

    def check(self, rows):
        """Refuse an utterance without a speaker.

        Arguments
        ---------
        rows : list of dict
            Manifest rows of the utterances to train on.
        """
        for row in rows:
            if not row.get(self.column):
                raise ValueError(
                    f"{source_of(row)} has no {column_title(self.column)}, "
                    f"which an oracle needs of every utterance that is trained "
                    f"on: take clusters, or give a manifest with this column"
                )

    def prepare(self, rows):
        """Read the speakers.

        Arguments
        ---------
        rows : list of dict
            Manifest rows of the utterances to train on.
        """
        self.check(rows)
        names = sorted({row[self.column] for row in rows})
        number = {name: place for place, name in enumerate(names)}
        speakers = torch.tensor([number[row[self.column]] for row in rows])
        numbers, order = recording_ids([row["ID"] for row in rows]).sort()
        device = self.numbers.device
        self.numbers = numbers.to(device)
        self.speakers = speakers[order].to(device)

    def begin_epoch(self, epoch, share=0.0):
        """Return False: the groups are those of every epoch."""
        return False

    def groups_of(self, numbers):
        """Tell the speakers of utterances.

        Arguments
        ---------
        numbers : torch.Tensor
            See `recording_ids` [B].

        Returns
        -------
        torch.Tensor
            [1, B], -1 of a stranger.
        """
        at = torch.searchsorted(self.numbers, numbers)
        at = at.clamp(max=len(self.numbers) - 1)
        known = self.numbers[at] == numbers
        return torch.where(known, self.speakers[at], -1)[None]
