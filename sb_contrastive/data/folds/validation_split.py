"""Keeps a small part of an unlabelled corpus out of training, to watch the training by it."""

from sb_contrastive.data.randomness import shuffled

LEAST = 2  # utterances held out


def validation_split(rows, share):
    """Splits off whole speakers where speakers are known, else whole recordings:
    several utterances of one file stay together, unless they are more than the
    share.

    The choice depends on names alone, so it is the same for every seed and does
    not move when the corpus is listed in another order.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.
    share : float
        Share of the utterances to hold out, in (0, 1).

    Returns
    -------
    tuple of list
        Rows to train on, at least one, and rows held out, at least two: one
        embedding has no spread that could be watched.

    Raises
    ------
    ValueError
        When whole speakers cannot be split in this way.

    Example
    -------
    >>> rows = [{"ID": str(i), "spk_id": str(i % 10)} for i in range(100)]
    >>> train, held = validation_split(rows, 0.2)
    >>> len(train), len(held), {r["spk_id"] for r in held} & {r["spk_id"] for r in train}
    (80, 20, set())
    """
    if not 0 < share < 1:
        raise ValueError(f"the share to hold out lies in (0, 1), got {share}")
    groups, room = {}, max(share * len(rows), LEAST)
    recordings = _recordings(rows, room)
    for row in rows:
        group = row.get("spk_id") or recordings.get(row.get("wav"), row["ID"])
        groups.setdefault(group, []).append(row)
    if len(groups) < 2:
        raise ValueError(
            f"there is only one speaker, {next(iter(groups), None)!r}: training "
            f"is watched by speakers who are not trained on, so add speakers, or "
            f"name none (no column spk_id or speaker, no folder for a speaker)"
        )
    order = shuffled(groups)
    if not any(len(groups[g]) <= room for g in order):
        order = [min(order, key=lambda g: len(groups[g]))]
        room = len(rows)
    held = []
    for group in order:
        # One that does not fit is passed over: it may be most of the corpus
        if len(held) + len(groups[group]) <= room and len(groups) > 1:
            held += groups.pop(group)
    if len(held) < LEAST and len(groups) > 1:
        held += groups.pop(min(groups, key=lambda g: len(groups[g])))
    if len(held) < LEAST:
        raise ValueError(
            f"{len(rows)} utterances of few speakers cannot be split into a"
            f" part to train on and {LEAST} utterances to watch the training"
            " by: leave spk_id (or speaker) out of the manifest, or add speakers"
        )
    chosen = {row["ID"] for row in held}
    return [row for row in rows if row["ID"] not in chosen], held


def _recordings(rows, most):
    """Name each file of at most so many utterances after the first of them, by
    the alphabet: paths would differ from one machine to the next."""
    files = {}
    for row in rows:
        if row.get("wav"):
            files.setdefault(row["wav"], []).append(row["ID"])
    return {wav: min(ids) for wav, ids in files.items() if len(ids) <= most}
