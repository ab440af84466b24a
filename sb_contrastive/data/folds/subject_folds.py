"""Makes the folds of a corpus where each subject has one class: ill or not."""

from collections import Counter

from sb_contrastive.data.manifests.source import source_of
from sb_contrastive.data.randomness import shuffled

EACH_SUBJECT = "each_subject"


def assign_folds(rows, folds):
    """Gives every subject a fold, with each class spread evenly over them.

    The draw depends on the names of the subjects alone, so that every seed of
    an experiment, and every system, is tested on the same folds.

    Arguments
    ---------
    rows : list of dict
        Manifest rows with `subject` and `label`.
    folds : int or str
        Number of folds; "each_subject" leaves one subject out at a time.

    Returns
    -------
    list of dict
        Rows with a `fold`; without one where each subject is a fold, which
        `spk_id` then names.

    Raises
    ------
    ValueError
        When a subject has two labels, or a class too few subjects.

    Example
    -------
    >>> rows = [{"subject": f"s{i}", "label": "ab"[i % 2]} for i in range(6)]
    >>> sorted(row["fold"] for row in assign_folds(rows, 3))
    ['1', '1', '2', '2', '3', '3']
    """
    labels = {}
    for row in rows:
        source = source_of(row)
        if not (row.get("subject") and row.get("label")):
            raise ValueError(f"{source} needs a subject and a label")
        if labels.setdefault(row["subject"], row["label"]) != row["label"]:
            raise ValueError(
                f"{source}: subject {row['subject']!r} is {row['label']} here"
                f" and {labels[row['subject']]} elsewhere"
            )
    if folds == EACH_SUBJECT:
        drop = ("fold", "session")
        return [
            {
                **{k: v for k, v in row.items() if k not in drop},
                "spk_id": row["subject"],
            }
            for row in rows
        ]
    if not isinstance(folds, int) or folds < 2:
        raise ValueError(
            f"--folds is a number from 2 on or {EACH_SUBJECT!r}, got {folds!r}"
        )
    counts = Counter(labels.values())
    label, fewest = min(counts.items(), key=lambda item: (item[1], item[0]))
    if fewest < folds:
        fewer = f"--folds {fewest} or less, or " if fewest > 1 else ""
        raise ValueError(
            f"the label {label!r} has {fewest} subject(s), too few for {folds}"
            f" folds that have each class: give {fewer}--folds {EACH_SUBJECT}"
        )
    ordered = []  # class after class: totals differ by one at the most
    for label in sorted(counts):
        names = [name for name in labels if labels[name] == label]
        ordered += shuffled(names, "subject")
    fold = {name: str(k % folds + 1) for k, name in enumerate(ordered)}
    return [{**row, "fold": fold[row["subject"]]} for row in rows]
