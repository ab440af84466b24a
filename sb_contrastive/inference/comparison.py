"""The cosine of two recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.evaluation.verification.scores.scoring import cosine_scores
from sb_contrastive.inference.answers import File, Waveform
from sb_contrastive.inference.preparation import prepared
from sb_contrastive.inference.row_embeddings import embed_rows
from sb_contrastive.inference.sources import find_utterances
from sb_contrastive.inference.waveforms import is_waveform

if TYPE_CHECKING:
    from sb_contrastive.inference.model import Model


def cosine_of_two(
    model: Model,
    a: File | Waveform,
    b: File | Waveform,
    sample_rate: int | None = None,
    segments: str = "full",
    trim_silence_db: float | None = None,
) -> float:
    """Embed two recordings and compare them.

    Arguments
    ---------
    model : Model
        It embeds them.
    a, b, sample_rate, segments, trim_silence_db
        See `Model.verify`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        When one of them holds several utterances.
    """
    for x in (a, b):
        if is_waveform(x):
            continue
        count = len(find_utterances(x).rows)
        if count != 1:
            raise ValueError(
                f"{x} holds {count} utterances, and `verify` compares two "
                f"files; for more there is `evaluate`"
            )
    rows, _ = find_utterances([a, b], sample_rate, model.sample_rate)
    with prepared(model, rows, "refuse", trim_silence_db) as ready:
        [(_, z)] = embed_rows(model, ready, segments, progress=False)
    # A file that is compared with itself has one row
    pair = Trials(np.array([True]), np.array([0]), np.array([len(z) - 1]), [])
    return float(cosine_scores(z, pair)[0])
