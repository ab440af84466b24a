"""Checks that every fold has every class, and no other."""

from collections import defaultdict

from sb_contrastive.data.folds.folds import natural_order
from sb_contrastive.data.manifests.columns import column_values
from sb_contrastive.data.manifests.source import source_of
from sb_contrastive.suggestions import did_you_mean


def check_classes(rows, classes):
    """Checks that the labels are those expected, in every fold.

    Folds count if rows have a `fold` or `session`. Where a fold is a speaker
    it may well lack classes: each subject is either ill or not.

    Arguments
    ---------
    rows : list of dict
        Manifest rows with a `label`.
    classes : list of str
        The classes to tell apart.

    Raises
    ------
    ValueError
        When a label is not among the classes, there is one class alone, or a
        fold (or all of the manifest) lacks a class.

    Example
    -------
    >>> check_classes([{"label": "sad"}, {"label": "ang"}], ["ang", "sad"])
    """
    for row, label in zip(rows, column_values(rows, "label")):
        if label not in classes:
            raise ValueError(
                f"{source_of(row)} has the label {label!r}, which is not among"
                f" the classes {', '.join(classes)}"
                + did_you_mean(label, classes)
            )
    if len(classes) < 2:
        raise ValueError(
            f"all of the {len(rows)} utterances have the label {classes[0]!r},"
            " and nothing is left to tell apart; is the column 'label' filled"
            " in as it should be?"
        )
    present = defaultdict(set)
    column = next(
        (c for c in ("fold", "session") if any(c in row for row in rows)), None
    )
    folds = column_values(rows, column) if column else ["all"] * len(rows)
    for row, fold in zip(rows, folds):
        present[f"{column or 'manifest'} {fold!r}"].add(row["label"])
    lacking = [
        f"{fold} has no {name!r}"
        for fold in sorted(present, key=natural_order)
        for name in classes
        if name not in present[fold]
    ]
    if lacking:
        raise ValueError(
            f"every class is needed in every fold, but {', '.join(lacking)}"
        )
