"""Splits a manifest into speaker-disjoint folds, and picks the share of it that has labels."""

import re
from collections import defaultdict

from sb_contrastive.data.manifests.source import source_of
from sb_contrastive.data.manifests.utterance_ids import refuse_as_name
from sb_contrastive.data.randomness import keyed_generator
from sb_contrastive.suggestions import did_you_mean


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
    column = _fold_column(rows)
    first = {}
    for row, name in zip(rows, _values(rows, column)):
        first.setdefault(name, source_of(row))
    for name, source in first.items():
        refuse_as_name(name, column, source)
    return sorted(first, key=natural_order)


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
        When a speaker (or `subject`) is in two of the parts, or a part would
        be empty.

    Example
    -------
    >>> rows = [{"ID": f, "fold": f} for f in "123"]
    >>> [[row["fold"] for row in part] for part in split_fold(rows, "3")]
    [['2'], ['1'], ['3']]
    """
    folds, column = fold_names(rows), _fold_column(rows)
    test_fold = str(test_fold)
    if test_fold not in folds:
        raise ValueError(
            f"there is no fold {test_fold!r} in column {column!r}, only"
            f" {', '.join(folds)}{did_you_mean(test_fold, folds)}"
        )
    test = [row for row in rows if str(row[column]) == test_fold]
    rest = [row for row in rows if str(row[column]) != test_fold]
    if validation == "next_fold":
        held_out = {folds[(folds.index(test_fold) + 1) % len(folds)]}
        needs = "three folds, or use validation='speakers'"
    elif validation == "speakers":
        column = "spk_id"
        names = shuffled(set(_values(rest, column)), test_fold)
        held_out = set(names[:1])
        needs = "two speakers outside the test fold"
    elif validation == "stratified":
        column = "spk_id"
        held_out = _tenth_of_each_class(rest, test_fold)
        needs = "two speakers of each class outside the test fold"
    else:
        known = ["next_fold", "speakers", "stratified"]
        raise ValueError(
            f"validation is one of {', '.join(known)}, not {validation!r}"
            + did_you_mean(validation, known)
        )
    valid = [row for row in rest if str(row[column]) in held_out]
    train = [row for row in rest if str(row[column]) not in held_out]
    if not (train and valid):
        raise ValueError(
            f"test fold {test_fold!r} leaves too little to train and validate"
            f" on: validation={validation!r} needs {needs}"
        )
    _refuse_shared_speakers(train, valid, test)
    return train, valid, test


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
    for row, label in zip(rows, _values(rows, "label")):
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
        When a label is not among the classes, or a fold (or all of the
        manifest) lacks a class.

    Example
    -------
    >>> check_classes([{"label": "sad"}, {"label": "ang"}], ["ang", "sad"])
    """
    for row, label in zip(rows, _values(rows, "label")):
        if label not in classes:
            raise ValueError(
                f"{source_of(row)} has the label {label!r}, which is not among"
                f" the classes {', '.join(classes)}"
                + did_you_mean(label, classes)
            )
    present = defaultdict(set)
    column = next(
        (c for c in ("fold", "session") if any(c in row for row in rows)), None
    )
    folds = _values(rows, column) if column else ["all"] * len(rows)
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


def _fold_column(rows):
    for column in ("fold", "session", "spk_id"):
        if any(column in row for row in rows):
            return column
    raise ValueError(
        "cross-validation needs a column fold, session or spk_id in the"
        " manifest"
    )


def _values(rows, column):
    """Returns a column of strings; a row without it is an error."""
    for row in rows:
        if column not in row:
            raise ValueError(f"{source_of(row)} has no {column!r}")
    return [str(row[column]) for row in rows]


def natural_order(name):
    """Sorting key of names that end in numbers.

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


def shuffled(names, *keys):
    """Orders names by a draw for each, whatever the order they come in.

    Arguments
    ---------
    names : iterable of str
        What to order.
    *keys : str or int
        What the draws depend on, beside the names.

    Returns
    -------
    list of str

    Example
    -------
    >>> shuffled({"a", "b", "c"}, 1) == shuffled(["c", "b", "a"], 1)
    True
    """
    draws = {
        name: keyed_generator(*keys, name, "folds").random() for name in names
    }
    return sorted(names, key=lambda name: (draws[name], name))


def _tenth_of_each_class(rows, test_fold):
    """Speakers that validate: a tenth of each class, rounded, one at least."""
    speakers = defaultdict(set)
    for name, label in zip(_values(rows, "spk_id"), _values(rows, "label")):
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
            for row, name in zip(part, _values(part, column)):
                j, source = first.setdefault(name, (i, source_of(row)))
                if i != j:
                    raise ValueError(
                        f"{column} {name!r} is in two parts of the split, at"
                        f" {source} and {source_of(row)}; give all of its rows"
                        " the same fold"
                    )
