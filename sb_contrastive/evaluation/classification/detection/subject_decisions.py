"""Decisions on subjects from the posteriors of their chunks."""

from collections import Counter


def subject_decisions(rows, classes):
    """Makes one prediction row for each subject from those of its chunks.

    Arguments
    ---------
    rows : list of dict
        Prediction rows of chunks: `spk_id`, `label`, `fold`, `prediction` and
        a posterior `p_<class>` for each class, as read from a CSV.
    classes : list of str
        The class names.

    Returns
    -------
    list of dict
        One row for each subject, sorted: `prediction` is the class with the
        highest mean posterior, `vote` the one that most chunks name (of two
        with as many, the one with the higher mean posterior), `chunks` their
        number; `p_<class>` the mean posteriors.

    Raises
    ------
    ValueError
        When chunks of one subject have different labels.

    Example
    -------
    >>> rows = [
    ...     {"spk_id": "S1", "label": "ill", "fold": "1", "prediction": c, "p_ill": p, "p_well": 1 - p}
    ...     for c, p in [("ill", 0.9), ("well", 0.4), ("well", 0.4)]
    ... ]
    >>> [row] = subject_decisions(rows, ["ill", "well"])
    >>> row["prediction"], row["vote"], round(row["p_ill"], 3)
    ('ill', 'well', 0.567)
    """
    subjects = {}
    for row in rows:
        subjects.setdefault(row["spk_id"], []).append(row)
    decisions = []
    for name, chunks in sorted(subjects.items()):
        labels = {chunk["label"] for chunk in chunks}
        if len(labels) > 1:
            raise ValueError(
                f"subject {name!r} has the labels {', '.join(sorted(labels))}"
            )
        mean = {
            c: sum(float(chunk[f"p_{c}"]) for chunk in chunks) / len(chunks)
            for c in classes
        }
        votes = Counter(chunk["prediction"] for chunk in chunks)
        decisions.append(
            {
                "ID": name,
                "spk_id": name,
                "fold": chunks[0]["fold"],
                "label": chunks[0]["label"],
                "prediction": max(classes, key=mean.get),
                "vote": max(classes, key=lambda c: (votes[c], mean[c])),
                "chunks": len(chunks),
                **{f"p_{c}": mean[c] for c in classes},
            }
        )
    return decisions
