"""LeJEPA as an objective: all crops agree, and a batch looks as if drawn from a Gaussian."""

import torch

from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.losses.covariance.sigreg import LeJEPALoss
from sb_contrastive.objectives.monitors.pairs import PairMonitor
from sb_contrastive.objectives.objective import Objective
from sb_contrastive.ranges import Count


class LeJEPA(Objective):
    """Latent prediction without a teacher (Balestriero & LeCun 2025,
    https://arxiv.org/abs/2511.08544). Its parts in the log are `invariance`, the
    distance of crops, and `sigreg`, that of a batch from a Gaussian.

    Arguments
    ---------
    projector : torch.nn.Module
        Embeddings [N, D] -> [N, P].
    loss : LeJEPALoss, optional
        Weighs both.
    directions : int
        M, in which a batch is looked at; drawn anew in each step, by (seed,
        optimiser step).
    seed : int
        See `directions`.
    views : list of str
        Names of the sets of crops, that of the long ones first.

    Example
    -------
    >>> lejepa = LeJEPA(torch.nn.Linear(8, 4))
    >>> lejepa.views, lejepa.momentum is None
    (('long', 'short'), True)
    """

    needs_whole_batch = "SIGReg looks at the distribution of a whole batch"
    parts = ("invariance", "sigreg")

    def __init__(
        self,
        projector,
        loss=None,
        directions: Count = 1024,
        seed=0,
        views=("long", "short"),
    ):
        super().__init__(projector=projector)
        self.criterion = loss or LeJEPALoss()
        self.directions = directions
        self.seed = seed
        self.views = tuple(views)
        self.monitor = PairMonitor()

    def outputs(self, embeddings, heads):
        """Return projections [V, B, P], and the number of long crops."""
        sets = [embeddings.student[name] for name in self.views]
        crops = torch.cat(sets)
        z = heads["projector"](crops.flatten(0, 1))
        return z.unflatten(0, crops.shape[:2]), len(sets[0])

    def loss(self, outputs, moment):
        """Compute the loss in the directions of this step and, for the log, its
        two terms."""
        z, long = outputs
        # Validations all look in the same directions
        step = moment.step if self.training else -1
        generator = keyed_generator(self.seed, step, "directions")
        drawn = generator.standard_normal((z.shape[-1], self.directions))
        drawn = torch.from_numpy(drawn / (drawn**2).sum(axis=0) ** 0.5)
        terms = self.criterion.terms(z, drawn.to(z.device, z.dtype), long)
        w = self.criterion.weight
        return w * terms[1] + (1 - w) * terms[0], dict(zip(self.parts, terms))

    def forget(self):
        """Forget the crops of the last validation part."""
        self.monitor.clear()

    def watch(self, outputs, moment):
        """Keep two crops of each utterance of a validation batch."""
        self.monitor.add(outputs[0][:2])

    def figures(self, loss, progress):
        """Return how well the crops agree."""
        return self.monitor.figures()
