"""NT-Xent, the loss of SimCLR, with a margin on the positive pair."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.distributed import (
    gather_over_ranks,
    gather_with_gradient,
    rank,
)
from sb_contrastive.losses.contrastive.one_positive import (
    ContrastiveLoss,
    unit_vectors,
)
from sb_contrastive.ranges import Positive, Share


class NTXentLoss(ContrastiveLoss):
    """Normalised, temperature-scaled cross-entropy between two views of a
    batch (Chen et al. 2020, https://arxiv.org/abs/2002.05709), with an additive
    or angular margin and, by default, symmetric (Lepage & Dehak 2024,
    https://arxiv.org/abs/2404.14913).

    In the symmetric loss each of the 2N views is an anchor, the other view of
    its utterance is the positive, and all 2(N - 1) views of other utterances are
    negatives. In the one-sided loss the anchors are the first views, and the
    second views of other utterances are negatives (cross-entropy over rows).

    In training, N counts the utterances of all processes: each process compares
    its own anchors with the views gathered from all, with gradient. Averaged
    over processes, loss and gradient equal those of one process with the joined
    batch. In evaluation nothing is gathered, because there every process has the
    same utterances.

    Arguments
    ---------
    temperature : float
        tau, above 0.
    margin : float
        m, which a call may replace.
    margin_type : str
        "additive" (AM) or "angular" (AAM).
    symmetric : bool
        Whether the second views are anchors too.
    negatives : Negatives, optional
        Which others are negatives, and how they count, see
        `sb_contrastive.losses.contrastive.negatives`; all others alike when
        absent.

    Example
    -------
    >>> loss = NTXentLoss(temperature=1.0)
    >>> z = torch.eye(2)  # p = 1 for each anchor, and two negatives with n = 0
    >>> loss(z, z)  # log(1 + 2 / e)
    tensor(0.5514)
    """

    def __init__(
        self,
        temperature: Positive = 1 / 30,
        margin: Share = 0.0,
        margin_type="additive",
        symmetric=True,
        negatives=None,
    ):
        super().__init__(temperature, margin, margin_type, negatives)
        self.symmetric = symmetric
        self.pulls = self.negatives.pulls(symmetric)

    @fwd_default_precision(cast_inputs=torch.float32)
    def forward(
        self, z1, z2, labels=None, margin=None, third=None, recordings=None
    ):
        """Compute the loss of one batch.

        Arguments
        ---------
        z1 : torch.Tensor
            Raw embeddings of the first views [B, D].
        z2 : torch.Tensor
            Raw embeddings of the second views [B, D].
        labels : torch.Tensor, optional
            Class of each utterance [B], as integers (speakers, recordings,
            pseudo-labels). Other utterances of the same class would be false
            negatives and are left out, or pulled, as `negatives` has it.
        margin : float, optional
            m of this step, where it follows a schedule.
        third : torch.Tensor, optional
            Raw embeddings of third views [B, D], for `negatives` that need them.
        recordings : torch.Tensor, optional
            Integers [B, 2], which recordings the first and the second view are
            of, where these may be two. Views of the recording of an anchor, or
            of its positive, are no negatives.

        Returns
        -------
        torch.Tensor
            Scalar, in nats.
        """
        views = [z1, z2] if third is None else [z1, z2, third]
        self._check(views, labels)
        own = [unit_vectors(z) for z in views]
        every, first, B = own, 0, len(z1)
        if self.training:
            every = [gather_with_gradient(u) for u in own]
            labels = None if labels is None else gather_over_ranks(labels)
            if recordings is not None:
                recordings = gather_over_ranks(recordings)
            first = rank() * B
        if third is not None:  # what an anchor is compared with stays in place
            every = [u.detach() for u in every]
        mine = slice(first, first + B)
        anchors = torch.cat([own[a] for a, _, _ in self.pulls])  # [R, D]
        positives = torch.cat([every[p][mine] for _, p, _ in self.pulls])
        columns = range(len(views)) if self.symmetric else [1]
        others = torch.cat([every[view] for view in columns])  # [M, D]
        positive = (anchors * positives).sum(dim=-1)  # [R]
        cosines = anchors @ others.T  # [R, M]
        outside, alike = self._relations(columns, every[0], mine, labels)
        if recordings is not None:
            outside = outside | self._known(columns, recordings, mine)
        terms = self.terms(positive, cosines, outside, margin, alike)
        weights = terms.new_tensor([w for _, _, w in self.pulls])
        means = terms.unflatten(0, (-1, B)).mean(dim=1)  # of each direction
        return (weights * means).sum() / len(columns)

    def _known(self, columns, recordings, mine):
        """Tell which columns are of the recordings of an anchor's pair [R, M]."""
        pair = recordings[mine].repeat(len(self.pulls), 1)  # [R, 2]
        # A third view is of the recording of the first
        column = torch.cat([recordings[:, view % 2] for view in columns])  # [M]
        return (pair[:, :, None] == column).any(dim=1)

    def _check(self, views, labels):
        shapes = [list(z.shape) for z in views]
        if len(shapes[0]) != 2 or any(s != shapes[0] for s in shapes):
            raise ValueError(
                f"NT-Xent needs two views of the same shape [B, D], got "
                f"{' and '.join(map(str, shapes))}"
            )
        if labels is not None and labels.shape != views[0].shape[:1]:
            raise ValueError(
                f"labels give the class of each of the {len(views[0])} "
                f"utterances, got a tensor of shape {list(labels.shape)}"
            )
        if (len(views) == 3) != self.negatives.third_view:
            raise ValueError(
                f"{type(self.negatives).__name__} compares "
                f"{3 if self.negatives.third_view else 2} views of each "
                f"utterance, got {len(views)}"
            )

    def _relations(self, columns, every, mine, labels):
        """Tell for each anchor and column [R, M] whether they are the same view or
        a pair, and whether they are other utterances of one label."""
        device = every.device
        utterance = torch.arange(len(every), device=device)
        row = utterance[mine].repeat(len(self.pulls))  # [R]
        column = utterance.repeat(len(columns))  # [M]
        view = torch.tensor(list(columns), device=device)
        view = view.repeat_interleave(len(every))  # [M]
        B = mine.stop - mine.start
        pairs = torch.tensor([pull[:2] for pull in self.pulls], device=device)
        anchor, positive = pairs.repeat_interleave(B, dim=0).T[..., None]
        same = row[:, None] == column  # [R, M]
        outside = same & ((view == anchor) | (view == positive))
        if labels is None:
            return outside, None
        label = labels[mine].repeat(len(self.pulls))
        alike = label[:, None] == labels.repeat(len(columns))
        return outside, alike & ~same
