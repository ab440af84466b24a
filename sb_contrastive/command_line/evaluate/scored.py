"""Holds what `evaluate` scores, wherever the embeddings come from."""

from typing import Any, NamedTuple


class Scored(NamedTuple):
    """Holds trials with what gives their embeddings.

    Arguments
    ---------
    name : str
        The model, or the files of embeddings, as results name it.
    sets : dict of str to TrialSet
        The trial lists.
    cohort : list of dict
        Rows of other speakers; may be empty.
    encoder, embed, device
        See `score_trial_sets`.
    segments : str
        What the embeddings are of.
    calibration : Calibration or None
        Of plain cosines of these embeddings.
    """

    name: str
    sets: dict
    cohort: list
    encoder: Any
    embed: Any
    segments: str
    calibration: Any
    device: str
