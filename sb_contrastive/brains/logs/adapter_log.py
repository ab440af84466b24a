"""The log of an adapter: its losses, the deviation of its frames, probes of speakers."""

import torch
from torch.nn import functional as F

from sb_contrastive.adapter.collapse import FrameDeviation
from sb_contrastive.adapter.masked_mean import masked_mean, mean_frame
from sb_contrastive.evaluation.embeddings.probes import speaker_probes


class AdapterLog:
    """Gathers the batches of a validation part and draws figures from them.

    Arguments
    ---------
    objective : AdapterObjective
        What is trained.
    speakers : dict of str to str, optional
        Utterance -> speaker, for a probe of the mean teacher frame.

    Example
    -------
    >>> from sb_contrastive.adapter.adapter_objective import (
    ...     AdapterFrames, AdapterObjective)
    >>> objective = AdapterObjective(
    ...     weights={"mask_prediction": 0, "local_attributes": 0}
    ... )
    >>> log, heads = AdapterLog(objective), {"distiller": torch.nn.Identity()}
    >>> z, half = torch.randn(1, 4, 2), torch.tensor([[True, True, False, False]])
    >>> frames = AdapterFrames(z, z, z, torch.ones(1, 4).bool(), half)
    >>> log.add(["a"], frames, *objective(frames, heads))
    >>> list(log.figures())
    ['self_distillation', 'input_cosine', 'target_std', 'teacher_std']
    """

    def __init__(self, objective, speakers=None):
        self.objective = objective
        self.speakers = speakers or {}
        self.clear()

    def clear(self):
        """Forgets what was added."""
        self.values, self.spreads = {}, {}
        self.utterances, self.means = [], []

    @torch.no_grad()
    def add(self, utterances, frames, losses, outputs):
        """Adds one batch.

        Arguments
        ---------
        utterances : list of str
            Their IDs, B.
        frames : AdapterFrames
            Student and teacher.
        losses, outputs : dict of str to torch.Tensor
            As `AdapterObjective` gives them.
        """
        values = dict(losses)
        teacher, valid = frames.teacher.float(), frames.valid
        if "logits" in outputs:
            values["attribute_accuracy"] = self.objective.accuracy(
                outputs, frames.masked
            )
        if frames.student.shape == frames.features.shape:
            # 1: the student hands its input on
            cosines = F.cosine_similarity(
                frames.student.float(), frames.features, dim=-1
            )
            values["input_cosine"] = masked_mean(cosines, valid)
        for name, value in values.items():
            self.values.setdefault(name, []).append(value.float())
        self._spread("target_std", outputs["targets"], valid)
        self._spread("teacher_std", teacher, valid)
        if "predictions" in outputs:
            self._spread(
                "prediction_std", outputs["predictions"], frames.masked
            )
        self.utterances += utterances
        self.means.append(mean_frame(teacher, valid))

    def figures(self):
        """Means of losses over batches, deviations over all frames, probes.

        Returns
        -------
        dict of str to float or torch.Tensor
        """
        return {
            **{k: torch.stack(v).mean() for k, v in self.values.items()},
            **{name: spread.std() for name, spread in self.spreads.items()},
            **speaker_probes(
                torch.cat(self.means), self.utterances, self.speakers
            ),
        }

    def _spread(self, name, frames, where):
        self.spreads.setdefault(name, FrameDeviation()).add(frames, where)
