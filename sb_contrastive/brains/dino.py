"""DINO pretraining: the student matches the teacher across crops of one utterance."""

from sb_contrastive.brains.pretraining import PretrainingBrain
from sb_contrastive.objectives import DINO, KoLeo
from sb_contrastive.ranges import NotNegative, Positive, Share


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
        **kwargs,
    ):
        dino = DINO(
            modules["head"],
            loss,
            teacher_momentum,
            teacher_temperature,
            freeze_prototypes,
        )
        super().__init__(
            modules,
            *args,
            objectives={"dino": dino, "koleo": KoLeo()},
            weights={"koleo": koleo_weight},
            keep="teacher",
            **kwargs,
        )
