"""Reads one table of ADReSS or ADReSSo: age, sex, diagnosis and MMSE of subjects."""

import csv
import re
from dataclasses import dataclass

from sb_contrastive.corpora.adress.layout import CONTROL, DEMENTIA
from sb_contrastive.suggestions import did_you_mean

COLUMNS = {
    "id": "subject",
    "adressfname": "subject",
    "age": "age",
    "gender": "sex",
    "label": "label",
    "dx": "label",
    "mmse": "mmse",
}
UNKNOWN = ("", "na", "n/a", "nan")
SEX = {"male": "m", "m": "m", "0": "m", "female": "f", "f": "f", "1": "f"}
LABELS = {
    "0": CONTROL,
    "cc": CONTROL,
    "cn": CONTROL,
    "control": CONTROL,
    "1": DEMENTIA,
    "cd": DEMENTIA,
    "ad": DEMENTIA,
    "dementia": DEMENTIA,
}


@dataclass
class Subject:
    """Holds what the tables say of a subject; None is unknown. `age` in years,
    `sex` m or f, `mmse` 0 to 30, `source` where it is written."""

    subject: str
    source: str
    age: int = None
    sex: str = None
    label: str = None
    mmse: int = None


def read_table(path, label=None):
    """Reads one table: semicolons with uneven blanks, or commas.

    Arguments
    ---------
    path : Path
        Table with a header line.
    label : str, optional
        Class of all its subjects, where the name of the file says it.

    Returns
    -------
    entries : list of Subject
        One for each line, in order.
    faults : list of tuple
        (subject or None, what is wrong).

    Example
    -------
    >>> path = getfixture("tmp_path") / "cc_meta_data.txt"
    >>> text = "ID   ; age ; gender ;  mmse\\nS001 ;  74 ;  male  ;  NA\\n"
    >>> _ = path.write_text(text)
    >>> [subject], faults = read_table(path, "control")
    >>> subject.age, subject.sex, subject.mmse, faults
    (74, 'm', None, [])
    """
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    header = text.partition("\n")[0]
    separator = ";" if ";" in header else ","
    lines = csv.reader(text.splitlines(), delimiter=separator)
    names = [name.strip().lower() for name in next(lines, [])]
    if not names:
        return [], [(None, f"{path} is empty")]
    if not {"id", "adressfname"} & set(names):
        known = [name for name, field in COLUMNS.items() if field == "subject"]
        return [], [
            (None, f"{path}:1 has no column {' or '.join(known)}: {header!r}")
        ]
    entries, faults = [], []
    for cells in lines:
        cells = [cell.strip() for cell in cells]
        source = f"{path}:{lines.line_num}"
        if not any(cells):
            continue
        if len(cells) != len(names):
            faults.append(
                (None, f"{source} has {len(cells)} cells, not {len(names)}")
            )
            continue
        # Blank headers are an index that R or pandas left
        cells = {COLUMNS[n]: c for n, c in zip(names, cells) if n in COLUMNS}
        # Names with and without .wav occur
        subject = re.sub(r"\.\w+$", "", cells.pop("subject"))
        entry, wrong = _entry(subject, cells, source, "dx" in names)
        faults += [(subject or None, f"{source} has {w}") for w in wrong]
        if subject:
            entry.label = entry.label or label
            entries.append(entry)
    return entries, faults


def _entry(subject, cells, source, diagnosis):
    """Makes a Subject, and lists what is wrong with its cells."""
    entry, wrong = Subject(subject, source), []
    if not subject:
        wrong.append("no ID")
    for name, cell in cells.items():
        if cell.lower() in UNKNOWN:
            continue
        if name == "label":
            # The 2021 truth names diagnoses (ProbableAD): all but one are 1
            other = DEMENTIA if diagnosis else None
            value = LABELS.get(cell.lower(), other)
            known = LABELS
        elif name == "sex":
            value, known = SEX.get(cell.lower()), SEX
        else:
            value, known = _whole(cell, 30 if name == "mmse" else 120), ()
        if value is None:
            wrong.append(f"the {name} {cell!r}{did_you_mean(cell, known)}")
        setattr(entry, name, value)
    return entry, wrong


def _whole(text, most):
    """Reads a whole number from 0 to `most`; anything else is None."""
    try:
        number = float(text)
    except ValueError:
        return None
    whole = 0 <= number <= most and number.is_integer()
    return int(number) if whole else None
