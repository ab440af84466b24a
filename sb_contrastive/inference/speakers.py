"""Groups the recordings that a `Model` embeds by speaker."""

from typing import NamedTuple

import numpy as np

from sb_contrastive.evaluation.clustering import group_speakers
from sb_contrastive.evaluation.verification.calibration import fit_unlabelled
from sb_contrastive.inference.row_embeddings import embed_rows


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
    found = group_rows(model, rows, number, trim_silence_db, progress)
    columns = found.labels + 1, found.cosines, found.sure
    yield rows, list(map(Speaker._make, zip(*(c.tolist() for c in columns))))


def group_rows(model, rows, number=None, trim_silence_db=None, progress=None):
    """Group rows that were prepared.

    Arguments
    ---------
    model, rows, number, trim_silence_db, progress
        See `speaker_rows`.

    Returns
    -------
    Groups
    """
    z = np.concatenate(
        [z for _, z in embed_rows(model, rows, progress=progress)]
    )
    calibration = model.calibration
    if not model.is_as_measured(trim_silence_db=trim_silence_db):
        calibration = None
    if calibration is None:
        try:
            files = [row["wav"] for row in rows]
            calibration = fit_unlabelled(z, files).calibration
        except ValueError as error:
            if number is None:
                raise ValueError(
                    f"nothing tells how many speakers there are: {error}; or "
                    f"say how many, or calibrate the model on other recordings"
                ) from error
    return group_speakers(z, calibration, number)
