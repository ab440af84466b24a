"""Differences in UA between systems that were tested on the same utterances."""

from sb_contrastive.evaluation.paired import paired_interval


def paired_differences(systems, summary):
    """Compare the first system with each other one that heard the same utterances.

    Arguments
    ---------
    systems : dict of str to dict
        {title: {fold: prediction rows}}.
    summary : dict
        Of the same systems, from `summarise`.

    Returns
    -------
    dict of str to dict
        {"one less other": {"UA": points, "interval": [low, high]}}, in
        percentage points, positive where `one` is better. Empty where nothing
        can be compared, or where there is a single speaker.
    """
    found = {}
    (one, rows), *others = systems.items()
    for other, its_rows in others:
        if _heard(rows) != _heard(its_rows) or len(_speakers(rows)) < 2:
            continue
        ua = [summary[title]["pooled"]["UA"] for title in (one, other)]
        found[f"{one} less {other}"] = {
            "UA": 100 * (ua[0] - ua[1]),
            "interval": paired_interval(
                [_hits(rows)], [_hits(its_rows)], pooled=True
            ),
        }
    return found


def paired_lines(differences):
    """Write a line for each difference.

    Arguments
    ---------
    differences : dict
        From `paired_differences`.

    Returns
    -------
    str

    Example
    -------
    >>> print(paired_lines({"a less b": {"UA": 4.0, "interval": [-1.0, 9.0]}}))
    a less b: UA +4.0 points, 95 % interval -1.0 to +9.0
    Same utterances, tested folds pooled; interval: bootstrap over speakers.
    """
    lines = []
    for title, found in differences.items():
        low, high = found["interval"]
        lines.append(
            f"{title}: UA {found['UA']:+.1f} points, 95 % interval "
            f"{low:+.1f} to {high:+.1f}"
        )
    return "\n".join(
        [
            *lines,
            "Same utterances, tested folds pooled; interval: bootstrap over "
            "speakers.",
        ]
    )


def _heard(folds):
    return {(fold, row["ID"]) for fold, rows in folds.items() for row in rows}


def _speakers(folds):
    return {row["spk_id"] for rows in folds.values() for row in rows}


def _hits(folds):
    """Return {fold: [(speaker, label, whether it is right)]}."""
    return {
        fold: [
            (r["spk_id"], r["label"], r["label"] == r["prediction"])
            for r in rows
        ]
        for fold, rows in folds.items()
    }
