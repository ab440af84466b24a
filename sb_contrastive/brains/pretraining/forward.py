"""A batch after the networks."""

from typing import NamedTuple, Optional

import torch

from sb_contrastive.objectives.positives.ssps import Drawn


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
