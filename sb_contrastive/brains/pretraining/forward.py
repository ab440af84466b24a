"""A batch through the networks: one pass for each length of crop, which all objectives share."""

from typing import NamedTuple, Optional

import torch

from sb_contrastive.objectives.objective import Embeddings
from sb_contrastive.objectives.positives.ssps import Drawn
from sb_contrastive.training.steps.views import embed_views


class Forward(NamedTuple):
    """Holds a batch after the networks: `embeddings` [V, B, D] of the student by the
    name of their crops, those of the `teachers` by teacher and crops, the
    `outputs` of each objective's heads; what positives were `drawn`, and the
    embeddings [B, D] of clean crops as a `reference`."""

    embeddings: dict
    teachers: dict
    outputs: dict
    drawn: Optional[Drawn] = None
    reference: Optional[torch.Tensor] = None


class SharedPasses:
    """Embeds crops by the student and by the teachers, and runs the heads.

    Arguments
    ---------
    objectives : mapping of str to Objective
        By name.
    networks : Assembly
        Which modules are theirs.
    modules : mapping of str to torch.nn.Module
        Those of the Brain, as they are wrapped.
    sets : CropSets
        Which crops a network sees.
    apart : bool
        Whether each view takes a pass of its own, see `embed_views`.
    """

    def __init__(self, objectives, networks, modules, sets, apart=False):
        self.objectives, self.networks = objectives, networks
        self.modules, self.sets, self.apart = modules, sets, apart
        self.teachers = list(dict.fromkeys(networks.teachers.values()))

    def embed(self, crops, batch_size):
        """Embed the crops of a batch, once for each network.

        Arguments
        ---------
        crops : dict of str to torch.Tensor
            Rows [V * B, S] by the name of their set.
        batch_size : int
            B.

        Returns
        -------
        embeddings, teachers : dict
            See `Forward`.
        """
        student = self._embedded(
            "encoder", self.sets.student, crops, batch_size
        )
        teachers = {
            name: self._embedded(
                name, self.sets.of_teacher(name), crops, batch_size
            )
            for name in self.teachers
        }
        return student, teachers

    def _embedded(self, network, names, crops, batch_size):
        """Embed those sets of crops that one of the networks sees."""
        seen = {name: crops[name] for name in names}
        return embed_views(self.modules[network], seen, batch_size, self.apart)

    def heads(self, name):
        """Return the heads of an objective and their averages, as they are wrapped.

        Arguments
        ---------
        name : str
            The objective.

        Returns
        -------
        dict of str to torch.nn.Module
        """
        heads = self.networks.heads[name]
        return {key: self.modules[module] for key, module in heads.items()}

    def outputs(self, embeddings, teachers, drawn=None, pulled=()):
        """Run the heads of every objective.

        Arguments
        ---------
        embeddings, teachers : dict
            From `embed`.
        drawn : Drawn, optional
            Targets of other utterances.
        pulled : list of str
            The objectives that are pulled to those.

        Returns
        -------
        dict
            By the name of the objective.
        """
        outputs = {}
        for name, objective in self.objectives.items():
            teacher = teachers.get(self.networks.teachers.get(name))
            seen = Embeddings(embeddings, teacher)
            if drawn is not None and name in pulled:
                seen = seen.with_positives(drawn, objective.views[0])
            outputs[name] = objective.outputs(seen, self.heads(name))
        return outputs
