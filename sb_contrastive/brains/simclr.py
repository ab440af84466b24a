"""SimCLR pretraining: two crops of an utterance find each other within the batch."""

from sb_contrastive.brains.pretraining import PretrainingBrain
from sb_contrastive.objectives import NTXent


class SimCLRBrain(PretrainingBrain):
    """Trains `modules["encoder"]` with NT-Xent (Chen et al. 2020,
    https://arxiv.org/abs/2002.05709; with a margin on speech, Lepage & Dehak
    2024, https://arxiv.org/abs/2404.14913).

    Batches hold `pair` [B, 2, S] crops. Where there is `modules["projector"]`
    ([N, D] -> [N, P], such as a `torch.nn.Sequential`), the loss acts on what
    it makes of the embeddings, and it is dropped after pretraining.

    Arguments
    ---------
    modules : dict of str to torch.nn.Module
        `encoder` and maybe `projector`.
    loss, margin
        As for the objective `NTXent`.
    **kwargs
        As for `PretrainingBrain`.
    """

    def __init__(self, modules, *args, loss, margin=None, **kwargs):
        objective = NTXent(loss, margin, modules.get("projector"))
        super().__init__(
            modules, *args, objectives={"nt_xent": objective}, **kwargs
        )
