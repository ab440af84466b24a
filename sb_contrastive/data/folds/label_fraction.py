"""Picks the share of a manifest whose labels may be used."""

from collections import defaultdict

from sb_contrastive.data.manifests.columns import column_values
from sb_contrastive.data.randomness import shuffled


def label_fraction(rows, fraction, seed):
    """Draws the share of the rows whose labels may be used.

    Each class gets its share, spread evenly over its speakers. A smaller
    fraction is part of any larger one, and the draw depends on (seed, ID)
    alone. Every class keeps at least one row.

    Arguments
    ---------
    rows : list of dict
        Manifest rows with a `label`.
    fraction : float
        In (0, 1].
    seed : int
        Another seed draws other rows.

    Returns
    -------
    list of dict
        In the order of `rows`.

    Example
    -------
    >>> rows = [{"ID": f"u{i}", "label": "sad"} for i in range(40)]
    >>> len(label_fraction(rows, 0.25, seed=0))
    10
    """
    if not 0 < fraction <= 1:
        raise ValueError(
            f"a fraction of labels is above 0 and at most 1, not {fraction}"
        )
    classes = defaultdict(lambda: defaultdict(list))
    for row, label in zip(rows, column_values(rows, "label")):
        classes[label][str(row.get("spk_id", ""))].append(row)
    # Every row has a fixed place in [0, 1) and is drawn when that lies below
    # the fraction: this nests the draws. Places are evenly spaced within a
    # speaker, and the speakers of a class are offset against each other, so
    # that few rows per speaker still add up to the right share of the class.
    drawn = set()
    for label, speakers in classes.items():
        places = {}
        for i, name in enumerate(shuffled(speakers, seed, label)):
            of_speaker = {row["ID"]: row for row in speakers[name]}
            offset = (i + 0.5) / len(speakers)
            for j, key in enumerate(shuffled(of_speaker, seed)):
                places[key] = (j + offset) / len(of_speaker)
        first = min(places, key=lambda key: (places[key], key))
        drawn.add(first)
        drawn.update(key for key in places if places[key] < fraction)
    return [row for row in rows if row["ID"] in drawn]
