"""A contrastive and a non-contrastive loss together: which vector each acts on, and how they mix."""

import torch
from speechbrain.utils.autocast import fwd_default_precision

from sb_contrastive.distributed import mean_over_ranks
from sb_contrastive.losses.contrastive.triplet import TripletLoss
from sb_contrastive.losses.gradient_norm import gradient_norm
from sb_contrastive.ranges import Share
from sb_contrastive.schedules import as_schedule
from sb_contrastive.suggestions import did_you_mean

MIXINGS = ("fixed", "log", "gradnorm")
PLACES = ("r", "z")
ROLES = ("contrastive", "non_contrastive")
FLOOR = 0.05  # of what `log` divides by: a hinge near 0 would make it explode
REFRESH = 10  # steps between two looks at the gradients of `gradnorm`
MEMORY = 0.9  # of its exponential average


class CombinedLoss(torch.nn.Module):
    """L = L_con + alpha L_nc (Lux et al. 2022, https://arxiv.org/abs/2211.01964:
    triplet and Barlow Twins; Lepage & Dehak 2022,
    https://arxiv.org/abs/2207.05506: InfoNCE and VICReg).

    Each loss acts on the embedding r, which is used after training, or on
    z = g(r), the output of the projector. Contrastive on r, non-contrastive on
    z did best in Lepage & Dehak, and the other way round worst; Lux et al. have
    both on z.

    `mixing` is one of

    - "fixed": alpha as it is. Barlow Twins is a sum over D coordinates: 0.01
      to 0.05;
    - "log": L_con / max(sg L_con, 0.05) + alpha L_nc / max(sg L_nc, 0.05),
      whose gradient is that of log L_con + alpha log L_nc, so that scales do not
      matter. Its value is constant: log `terms`;
    - "gradnorm": L_con + w L_nc with w = alpha |g_con| / |g_nc|, g the gradients
      at the last tensor that feeds both, looked at every tenth step and averaged
      exponentially (0.9): alpha 0.1 to 0.3 is the share of the second in the pull.

    On top of any, alpha may be a schedule: `LinearThenConstant(0.05, 0.0,
    until=0.5)` has L_nc decay until the middle of training.

    Arguments
    ---------
    contrastive : TripletLoss or SupConLoss, optional
        The triplet loss is given (anchor, positive, negative), any other
        (embeddings [N, D], labels [N]). None: 0, to see what the other does
        alone.
    non_contrastive : torch.nn.Module
        (z_a [N, D], z_p [N, D]) -> scalar: `BarlowTwinsLoss`, `VICRegLoss`.
    alpha : float or callable
        Weight of the non-contrastive loss, or progress -> weight.
    placement : dict, optional
        {"contrastive": "r" or "z", "non_contrastive": "r" or "z"}; r and z when
        absent.
    mixing : str
        As above.

    Example
    -------
    >>> from sb_contrastive.losses import SupConLoss, VICRegLoss
    >>> loss = CombinedLoss(SupConLoss(1.0), VICRegLoss(1, 1, 0.04), alpha=0.1)
    >>> r = torch.eye(2).repeat(2, 1)
    >>> triplets = torch.tensor([[0, 2, 1], [1, 3, 0], [2, 0, 3], [3, 1, 2]])
    >>> loss(r, 5 * r, torch.tensor([0, 1, 0, 1]), triplets)
    tensor(1.1070)
    """

    def __init__(
        self,
        contrastive,
        non_contrastive,
        alpha: Share = 0.05,
        placement=None,
        mixing="fixed",
    ):
        super().__init__()
        if mixing not in MIXINGS:
            raise ValueError(
                f"mixing is one of {', '.join(MIXINGS)}, got {mixing!r}"
                f"{did_you_mean(mixing, MIXINGS)}"
            )
        if contrastive is None and mixing == "gradnorm":
            raise ValueError(
                "gradnorm weighs one loss by the other: give a contrastive "
                "loss too, or mixing fixed"
            )
        self.placement = {
            "contrastive": "r",
            "non_contrastive": "z",
            **(placement or {}),
        }
        for role, place in self.placement.items():
            if role not in ROLES or place not in PLACES:
                raise ValueError(
                    f"placement puts contrastive and non_contrastive on r or "
                    f"z, got {role!r} on {place!r}"
                )
        self.contrastive = contrastive
        self.non_contrastive = non_contrastive
        self.alpha = alpha
        self.mixing = mixing
        self.register_buffer("ratio", torch.ones(()))  # |g_con| / |g_nc|
        self.register_buffer("looked", torch.tensor(False))

    def forward(self, r, z, labels, triplets, progress=0.0, step=0):
        """The mixed loss of one batch.

        Arguments
        ---------
        r : torch.Tensor
            Raw embeddings [N, D].
        z : torch.Tensor
            What the projector makes of them [N, P].
        labels : torch.Tensor
            Class of each [N], as integers.
        triplets : torch.Tensor
            Anchor, positive and negative, as row numbers [A, 3]. Losses of
            pairs take the first two.
        progress : float
            For an alpha that is a schedule.
        step : int
            Optimiser step, for "gradnorm".

        Returns
        -------
        torch.Tensor
            Scalar.
        """
        terms = self.terms(r, z, labels, triplets)
        both_on_z = set(self.placement.values()) == {"z"}
        return self.mix(*terms, z if both_on_z else r, progress, step)

    @fwd_default_precision(cast_inputs=torch.float32)
    def terms(self, r, z, labels, triplets):
        """Both losses, unmixed: arguments as for a call.

        Returns
        -------
        tuple of torch.Tensor
            Contrastive and non-contrastive, scalars.
        """
        anchors, positives, negatives = triplets.unbind(dim=1)  # [A] each
        x, y = ({"r": r, "z": z}[self.placement[role]] for role in ROLES)
        if self.contrastive is None:
            con = x.new_zeros(())
        elif isinstance(self.contrastive, TripletLoss):
            con = self.contrastive(x[anchors], x[positives], x[negatives])
        else:
            con = self.contrastive(x, labels)
        return con, self.non_contrastive(y[anchors], y[positives])

    def mix(self, con, nc, shared, progress=0.0, step=0):
        """One loss of two.

        Arguments
        ---------
        con : torch.Tensor
            Contrastive loss, scalar.
        nc : torch.Tensor
            Non-contrastive loss, scalar.
        shared : torch.Tensor
            The last tensor that both are computed from.
        progress, step
            As for a call.

        Returns
        -------
        torch.Tensor
            Scalar.
        """
        alpha = as_schedule(self.alpha)(progress)
        if self.mixing == "log":
            # Of all processes, or each would weigh its own batch differently
            con, nc = (
                x / mean_over_ranks(x.detach()).clamp(min=FLOOR)
                for x in (con, nc)
            )
        elif self.mixing == "gradnorm":
            if self.training and step % REFRESH == 0:
                self._look(con, nc, shared)
            alpha = alpha * self.ratio
        return con + alpha * nc

    def _look(self, con, nc, shared):
        """Updates |g_con| / |g_nc|, without waiting for the device."""
        con_norm, nc_norm = (gradient_norm(x, [shared]) for x in (con, nc))
        ratio = con_norm / nc_norm.clamp(min=1e-8)
        mean = MEMORY * self.ratio + (1 - MEMORY) * ratio
        self.ratio.copy_(torch.where(self.looked, mean, ratio))
        self.looked.fill_(True)
