"""Joins what the tables of a part of ADReSS or ADReSSo say of each subject."""

from dataclasses import fields

from sb_contrastive.corpora.adress.layout import (
    CONTROL,
    DEMENTIA,
    child,
    visible,
)
from sb_contrastive.corpora.adress.tables import Subject, read_table

TRAINING = {
    "ADReSS": {"cc_meta_data.txt": CONTROL, "cd_meta_data.txt": DEMENTIA},
    "ADReSSo": {"adresso-train-mmse-scores.csv": None},
}
# Labels of the test part were issued later, and lie wherever one puts them
TEST = {
    "ADReSS": ("meta_data.txt", "meta_data_test.txt"),
    "ADReSSo": ("task1.csv", "task2.csv"),
}


def read_subjects(part, data_folder):
    """Reads all tables of a part.

    Arguments
    ---------
    part : Part
        From `find_parts`.
    data_folder : Path
        How far up the tables of the test part may lie.

    Returns
    -------
    subjects : dict of str to Subject
        By subject; empty where the part has no table.
    faults : list of tuple
        (subject or None, what is wrong), none of them raised.
    """
    subjects, faults = {}, []
    for path, label in tables_of(part, data_folder):
        if not path.is_file():
            faults.append((None, f"{part.folder} has no {path.name}"))
            continue
        entries, wrong = read_table(path, label)
        faults += wrong
        seen = {}
        for entry in entries:
            if entry.subject in seen:
                where = f"{seen[entry.subject]} and {entry.source}"
                faults.append((entry.subject, f"listed twice, {where}"))
                continue
            seen[entry.subject] = entry.source
            known = subjects.setdefault(entry.subject, entry)
            faults += _merge(known, entry)
    return subjects, faults


def tables_of(part, data_folder):
    """Lists the tables of a part, each with the label that all in it have.

    Arguments
    ---------
    part, data_folder
        See `read_subjects`.

    Returns
    -------
    list of (Path, str or None)
        Of the training part also those that are not there.
    """
    if part.split == "test":
        return [(path, None) for path in _test_tables(part, data_folder)]
    return [
        (child(part.folder, name) or part.folder / name, label)
        for name, label in TRAINING[part.edition].items()
    ]


def _merge(known, entry):
    """Fills in the cells that one table leaves out and another has."""
    faults = []
    for field in fields(Subject)[2:]:
        old, new = getattr(known, field.name), getattr(entry, field.name)
        if old is None:
            setattr(known, field.name, new)
        elif new is not None and new != old:
            faults.append(
                (
                    entry.subject,
                    f"{field.name} is {old} in {known.source}, {new} in"
                    f" {entry.source}",
                )
            )
    return faults


def _test_tables(part, data_folder):
    """Finds tables of the test part: in it, above it, up to the data folder."""
    folders = [part.folder]
    while folders[-1] != data_folder and data_folder in folders[-1].parents:
        folders.append(folders[-1].parent)
    return [
        path
        for folder in folders
        for path in visible(folder)
        if path.name.lower() in TEST[part.edition]
    ]
