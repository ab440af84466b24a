"""Splits a manifest into the training, validation and test part of a fold; no speaker is in two of them."""

import re
from collections import defaultdict

from sb_contrastive.data.manifests.columns import column_title, column_values
from sb_contrastive.data.manifests.source import source_of
from sb_contrastive.data.manifests.utterance_ids import refuse_as_name
from sb_contrastive.data.randomness import shuffled
from sb_contrastive.suggestions import did_you_mean

FOLD_COLUMNS = ("fold", "session", "spk_id")  # the first that there is


def fold_names(rows):
    """Names the folds of cross-validation.

    Arguments
    ---------
    rows : list of dict
        Manifest rows. Folds are the values of `fold` if there is such a
        column, else of `session`, else of `spk_id`.

    Returns
    -------
    list of str
        Sorted, with numbers by value: "2" comes before "10".

    Raises
    ------
    ValueError
        When one cannot name the folder of its results, or a row has none.

    Example
    -------
    >>> fold_names([{"session": "10"}, {"session": "2"}, {"session": "10"}])
    ['2', '10']
    """
    column_values(rows, fold_column(rows))
    return sorted(refuse_fold_names(rows), key=natural_order)


def refuse_fold_names(rows):
    """Refuses folds that cannot name the folder of their results, while rows
    still know the line of the user's own manifest.

    Arguments
    ---------
    rows : list of dict
        Manifest rows; none of them has to have a fold.

    Returns
    -------
    set of str
        The names that there are.

    Raises
    ------
    ValueError
        At the first name that is no name of a folder.

    Example
    -------
    >>> sorted(refuse_fold_names([{"session": "1"}, {"session": "2"}]))
    ['1', '2']
    """
    column = next((c for c in FOLD_COLUMNS if any(c in r for r in rows)), None)
    first = {}
    for row in rows:
        if column in row:
            first.setdefault(str(row[column]), row)
    for name, row in first.items():
        refuse_as_name(name, column, source_of(row))
    return set(first)


def split_fold(rows, test_fold, validation="next_fold"):
    """Splits rows into training, validation and test rows of one fold.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.
    test_fold : str or int
        One of `fold_names(rows)`.
    validation : str
        "next_fold": the fold after the test fold, after the last one the
        first, validates. "speakers": one speaker of the other folds does,
        drawn by the name of the test fold alone. "stratified": a tenth of
        the speakers of each class there, at least one of each, where every
        speaker has one class.

    Returns
    -------
    tuple of list of dict
        (train, valid, test), in the order of `rows`.

    Raises
    ------
    ValueError
        When there is one speaker only, a speaker (or `subject`) is in two of
        the parts, or a part would be empty.

    Example
    -------
    >>> rows = [{"ID": f, "fold": f} for f in "123"]
    >>> [[row["fold"] for row in part] for part in split_fold(rows, "3")]
    [['2'], ['1'], ['3']]
    """
    folds, column = fold_names(rows), fold_column(rows)
    test_fold = str(test_fold)
    if test_fold not in folds:
        raise ValueError(
            f"there is no fold {test_fold!r} in column {column_title(column)}, only"
            f" {', '.join(folds)}{did_you_mean(test_fold, folds)}"
        )
    _refuse_one(rows, folds, column)
    test = [row for row in rows if str(row[column]) == test_fold]
    rest = [row for row in rows if str(row[column]) != test_fold]
    if validation == "next_fold":
        held_out = {folds[(folds.index(test_fold) + 1) % len(folds)]}
        needs = "three folds; with two, give --validation speakers"
        if column == "spk_id":  # with two there is one beside the test fold
            needs = f"three speakers, and there are {len(folds)}: label more"
    elif validation == "speakers":
        column = "spk_id"
        names = shuffled(set(column_values(rest, column)), test_fold)
        held_out = set(names[:1])
        needs = "two speakers outside the test fold"
    elif validation == "stratified":
        column = "spk_id"
        held_out = _tenth_of_each_class(rest, test_fold)
        needs = "two speakers of each class outside the test fold"
    else:
        known = ["next_fold", "speakers", "stratified"]
        raise ValueError(
            f"--validation is one of {', '.join(known)}, not {validation!r}"
            + did_you_mean(validation, known)
        )
    valid = [row for row in rest if str(row[column]) in held_out]
    train = [row for row in rest if str(row[column]) not in held_out]
    if not (train and valid):
        raise ValueError(
            f"test fold {test_fold!r} leaves too little to train and validate"
            f" on: --validation {validation} needs {needs}"
        )
    _refuse_shared_speakers(train, valid, test)
    return train, valid, test


def _refuse_one(rows, folds, column):
    """Refuses one speaker only, or one fold: nobody is left to be tested."""
    speakers = {row.get("spk_id") for row in rows}
    if len(speakers) == 1 and None not in speakers:
        raise ValueError(
            f"there is only one speaker, {speakers.pop()!r}: a system is tested"
            " on speakers whom it has not heard, so label audio of three or"
            " more. To test it on other recordings of the same speaker, leave"
            " out the column speaker and give a column fold"
        )
    if len(folds) == 1:
        raise ValueError(
            f"all rows have the {column_title(column)} {folds[0]!r}: each is"
            " tested by a system that has not heard it, so name three or more"
        )


def fold_column(rows):
    """Names the column that folds are made of.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.

    Returns
    -------
    str
        The first of `fold`, `session` and `spk_id` that there is.

    Raises
    ------
    ValueError
        When there is none.

    Example
    -------
    >>> fold_column([{"spk_id": "a", "session": "1"}])
    'session'
    """
    for column in FOLD_COLUMNS:
        if any(column in row for row in rows):
            return column
    raise ValueError(
        "cross-validation needs a column fold, session or spk_id (or speaker)"
        f" in the manifest, which has {', '.join(rows[0]) if rows else 'none'}"
    )


def natural_order(name):
    """Makes a sorting key by which numbers in names count as numbers.

    Arguments
    ---------
    name : str
        E.g. of a fold.

    Returns
    -------
    tuple

    Example
    -------
    >>> sorted(["10", "2", "b"], key=natural_order)
    ['2', '10', 'b']
    """
    # split() yields text and digits in turn, so like meets like; the name
    # itself orders "1" and "01"
    parts = re.split(r"(\d+)", name)
    return [int(p) if p.isdecimal() else p for p in parts], name


def _tenth_of_each_class(rows, test_fold):
    """Draws the speakers that validate: a tenth of each class, rounded, one at least."""
    speakers = defaultdict(set)
    for name, label in zip(
        column_values(rows, "spk_id"), column_values(rows, "label")
    ):
        speakers[label].add(name)
    held_out = set()
    for label, names in speakers.items():
        if len(names) < 2:
            return set()  # nobody would be left to train on
        count = max(round(len(names) / 10), 1)
        held_out.update(shuffled(names, test_fold, label)[:count])
    return held_out


def _refuse_shared_speakers(*parts):
    for column in ("spk_id", "subject"):
        if not any(column in row for part in parts for row in part):
            continue
        first = {}
        for i, part in enumerate(parts):
            for row, name in zip(part, column_values(part, column)):
                j, source = first.setdefault(name, (i, source_of(row)))
                if i != j:
                    raise ValueError(
                        f"{column} {name!r} is in two parts of the split, at"
                        f" {source} and {source_of(row)}; give all of its rows"
                        " the same fold"
                    )
