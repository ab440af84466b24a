"""DINO pretraining: the student matches the teacher across crops of one utterance."""

from sb_contrastive.brains.pretraining import PretrainingBrain
from sb_contrastive.losses import KoLeoLoss
from sb_contrastive.objectives import DINO, KoLeo, Regulariser
from sb_contrastive.ranges import NotNegative, Positive, Share
from sb_contrastive.suggestions import check_choice


class DINOBrain(PretrainingBrain):
    """Trains `modules["encoder"]` and `modules["head"]` against their moving
    averages (Cho et al. 2022, https://arxiv.org/abs/2208.05445, section on
    DINO). The teacher's encoder is kept, which generalises better.

    Batches hold `long` [B, G, S] and `short` [B, L, S'] crops. The student sees
    all, the teacher the long ones.

    Arguments
    ---------
    modules : dict of str to torch.nn.Module
        `encoder` and `head`.
    loss, teacher_momentum, teacher_temperature, freeze_prototypes
        As for the objective `DINO`.
    koleo_weight : float
        Weight of `KoLeoLoss` on the student's long crops; 0: without it.
    koleo_placement : str
        Where it acts, see `Regulariser`: "embedding" or "bottleneck".
    regularisers : dict of str to Regulariser, optional
        More terms of the student's outputs.
    **kwargs
        As for `PretrainingBrain`.
    """

    def __init__(
        self,
        modules,
        *args,
        loss,
        teacher_momentum: Share,
        teacher_temperature: Positive,
        freeze_prototypes: Share = 0.0,
        koleo_weight: NotNegative = 0.0,
        koleo_placement: str = "embedding",
        regularisers=None,
        **kwargs,
    ):
        check_choice(
            "koleo_placement", koleo_placement, ("embedding", "bottleneck")
        )
        regularisers = dict(regularisers or {})
        if koleo_placement != "embedding":
            koleo = Regulariser(KoLeoLoss(), koleo_weight, koleo_placement)
            regularisers, koleo_weight = {"koleo": koleo, **regularisers}, 0.0
        dino = DINO(
            modules["head"],
            loss,
            teacher_momentum,
            teacher_temperature,
            freeze_prototypes,
            regularisers=regularisers,
        )
        super().__init__(
            modules,
            *args,
            objectives={"dino": dino, "koleo": KoLeo()},
            weights={"koleo": koleo_weight},
            keep="teacher",
            **kwargs,
        )
