"""Groups the recordings that a `Model` embeds by speaker."""

from typing import NamedTuple

import numpy as np
from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation.clustering import (
    group_speakers,
    how_far_to_trust,
)
from sb_contrastive.evaluation.verification.calibration import fit_unlabelled
from sb_contrastive.inference.row_embeddings import embed_rows

logger = get_logger(__name__)


class Speaker(NamedTuple):
    """Says who speaks in a recording: the number of the `speaker`, from 1; the
    `cosine` to the centre of that speaker's recordings; and how `sure` it is,
    the probability that it belongs to them, NaN where nothing tells it."""

    speaker: int
    cosine: float
    sure: float


def speaker_rows(model, rows, number=None, trim_silence_db=None, progress=None):
    """Group rows that were prepared.

    Arguments
    ---------
    model : Model
        Embeds them.
    rows : list of dict
        From `prepared`.
    number, trim_silence_db, progress
        See `Model.speakers`.

    Yields
    ------
    tuple
        All rows, and a `Speaker` for each.
    """
    found, _ = group_rows(model, rows, number, trim_silence_db, progress)
    columns = found.labels + 1, found.cosines, found.sure
    yield rows, list(map(Speaker._make, zip(*(c.tolist() for c in columns))))


def group_rows(model, rows, number=None, trim_silence_db=None, progress=None):
    """Group rows that were prepared, and warn of a number of speakers that is not
    to be trusted.

    Arguments
    ---------
    model, rows, number, trim_silence_db, progress
        See `speaker_rows`.

    Returns
    -------
    groups : Groups
        The speakers.
    trust : Trust or None
        How far their number can be trusted; None where it was given.
    """
    z = np.concatenate(
        [z for _, z in embed_rows(model, rows, progress=progress)]
    )
    calibration = model.calibration
    if not model.is_as_measured(trim_silence_db=trim_silence_db):
        calibration = None
    own, files = calibration, [row["wav"] for row in rows]
    if calibration is None:
        try:
            calibration = fit_unlabelled(z, files).calibration
        except ValueError as error:
            if number is None:
                raise ValueError(
                    f"nothing tells how many speakers there are: {error}; or "
                    f"say how many, or calibrate the model on other recordings"
                ) from error
    found = group_speakers(z, calibration, number)
    if number is not None:
        return found, None
    trust = how_far_to_trust(z, found, own, files)
    if trust.reasons():
        logger.warning(
            f"Do not trust the number of speakers, which is more often too low "
            f"than too high: {'; '.join(trust.reasons())}. Give the number if you "
            f"know it, more recordings of each speaker, or another model"
        )
    return found, trust
