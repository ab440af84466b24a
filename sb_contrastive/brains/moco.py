"""MoCo pretraining: a crop finds the momentum embedding of the other among a queue of earlier ones."""

from sb_contrastive.brains.pretraining import PretrainingBrain
from sb_contrastive.objectives import MoCo
from sb_contrastive.ranges import Share


class MoCoBrain(PretrainingBrain):
    """Trains `modules["encoder"]` against its moving average (He et al. 2020,
    https://arxiv.org/abs/1911.05722; with a margin on speech, Lepage & Dehak
    2024, https://arxiv.org/abs/2404.14913). The student's encoder is kept.

    Batches hold `pair` [B, 2, S] crops. Where there is `modules["projector"]`,
    it has a moving average too, and both are dropped after pretraining.

    Arguments
    ---------
    modules : dict of str to torch.nn.Module
        `encoder` and maybe `projector`.
    loss, queue, key_momentum, margin
        As for the objective `MoCo`.
    **kwargs
        As for `PretrainingBrain`.
    """

    def __init__(
        self,
        modules,
        *args,
        loss,
        queue,
        key_momentum: Share,
        margin=None,
        **kwargs,
    ):
        objective = MoCo(
            loss, queue, key_momentum, margin, modules.get("projector")
        )
        super().__init__(
            modules, *args, objectives={"moco": objective}, **kwargs
        )
