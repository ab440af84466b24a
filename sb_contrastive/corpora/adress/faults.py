"""Finds what does not fit together in a copy of ADReSS or ADReSSo, and reports all of it at once."""

from speechbrain.utils.logger import get_logger

from sb_contrastive.data.manifests.source import SOURCE

logger = get_logger(__name__)

# Of 2021 these are reported, not checked: another number is a warning there
PUBLISHED = {
    "ADReSS": {"train": 108, "test": 48},
    "ADReSSo": {"train": 166, "test": 71},
}


def report_faults(faults, rows, on_fault="stop"):
    """Stops, or warns, with one report of all that is wrong with the corpus.

    Arguments
    ---------
    faults : list of tuple
        (subject or None, what is wrong).
    rows : list of dict
        Manifest rows.
    on_fault : str
        "stop", or "skip": leave out the subjects concerned.

    Returns
    -------
    list of dict
        The rows without those of faulty subjects.

    Raises
    ------
    ValueError
        When there are faults and they may not be skipped, or concern the
        corpus as a whole.

    Example
    -------
    >>> report_faults([("S001", "no audio")], [], "stop")
    Traceback (most recent call last):
    ...
    ValueError: 1 fault in the corpus; mend it, or leave ... argument on_fault: skip of prepare_adress:
      S001: no audio
    """
    if on_fault not in ("stop", "skip"):
        raise ValueError(f"on_fault is 'stop' or 'skip', not {on_fault!r}")
    if not faults:
        return rows
    lines = "\n".join(
        f"  {name}: {text}" if name else f"  {text}" for name, text in faults
    )
    count = f"{len(faults)} fault{'s' * (len(faults) > 1)} in the corpus"
    whole = any(name is None for name, _ in faults)
    if on_fault == "stop" or whole:
        way = (
            ""
            if whole
            else ", or leave the subjects concerned out with the argument "
            "on_fault: skip of prepare_adress"
        )
        raise ValueError(f"{count}; mend it{way}:\n{lines}")
    names = {name for name, _ in faults}
    logger.warning("%s, their subjects are left out:\n%s", count, lines)
    return [row for row in rows if row["subject"] not in names]


def unmatched(subjects, files, part, audio):
    """Finds the subjects whose tables and audio do not match."""
    faults = [
        (name, f"no audio, but listed in {subjects[name].source}")
        for name in sorted(subjects.keys() - files.keys())
    ]
    for name in sorted(files):
        paths = [str(file.path) for file in files[name]]
        labels = {file.label for file in files[name]} - {None}
        if subjects and name not in subjects:
            faults.append((name, f"{paths[0]} is listed in no table"))
        if len(labels) > 1 or (audio == "full" and len(paths) > 1):
            faults.append((name, f"has audio twice: {', '.join(paths)}"))
        elif name in subjects and labels:
            listed = subjects[name].label
            if listed is not None and {listed} != labels:
                text = f"{paths[0]} is not {listed}, as {subjects[name].source}"
                faults.append((name, f"{text} says"))
        elif part.split == "train" and not labels:
            if name in subjects and subjects[name].label is None:
                faults.append((name, f"{paths[0]} has no class"))
    return faults


def on_both_sides(rows):
    """Finds the subjects who are in the training and in the test part."""
    first, faults = {}, {}
    for row in rows:
        other = first.setdefault(row["subject"], row)
        if other["split"] != row["split"]:
            text = f"in both parts: {other[SOURCE]} and {row[SOURCE]}"
            faults[row["subject"]] = text
    return list(faults.items())


def wrong_counts(rows, faults, parts, expected):
    """Finds the parts that have another number of subjects than expected."""
    edition = parts[0].edition
    published = expected == "published"
    wanted = PUBLISHED[edition] if published else expected or {}
    wrong = []
    for part in parts:
        # A subject that a fault already names is counted as there
        names = {r["subject"] for r in rows if r["split"] == part.split}
        number = wanted.get(part.split, len(names))
        if len(names) == number:
            continue
        text = (
            f"{part.folder} has {len(names)} subjects with usable audio, not"
            f" {number}; expected_subjects says otherwise (None: any number)"
        )
        if published and edition == "ADReSSo":
            logger.warning(text)
        elif not faults:
            wrong.append((None, text))
    return wrong
