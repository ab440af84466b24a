"""Normalises vectors by the statistics of each speaker."""

import numpy as np

from sb_contrastive.data.manifests.source import source_of


def normalised_by_speaker(vectors, rows):
    """Give the vectors of each speaker zero mean and unit deviation.

    It needs to know who speaks, and hears all utterances of a speaker, also of
    one who is tested: a protocol of its own, which results have to name.

    Arguments
    ---------
    vectors : numpy.ndarray
        [N, D].
    rows : list of dict
        Their manifest rows, with `spk_id`.

    Returns
    -------
    numpy.ndarray
        [N, D].

    Raises
    ------
    ValueError
        When the speaker of an utterance is not known.

    Example
    -------
    >>> rows = [{"ID": "a", "spk_id": "ann"}, {"ID": "b", "spk_id": "ann"}]
    >>> normalised_by_speaker(np.array([[1.0], [3.0]]), rows)
    array([[-1.],
           [ 1.]])
    """
    check_speakers(rows)
    places = {}
    for place, row in enumerate(rows):
        places.setdefault(row["spk_id"], []).append(place)
    normalised = np.empty_like(vectors)
    for own in places.values():
        x = vectors[own]
        deviation = x.std(axis=0)
        deviation[deviation <= 1e-6 * np.abs(x).max(axis=0)] = 1.0
        normalised[own] = (x - x.mean(axis=0)) / deviation.clip(min=1e-12)
    return normalised


def check_speakers(rows):
    """Refuse rows of unknown speakers.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.

    Raises
    ------
    ValueError
        With the first of them.
    """
    for row in rows:
        if not row.get("spk_id"):
            raise ValueError(
                f"normalise: speaker needs to know who speaks, and "
                f"{source_of(row)} has no speaker: add a column speaker, or "
                f"leave normalise out"
            )
