"""Keeps a small part of an unlabelled corpus out of training, to watch the training by it."""

import numpy as np

from sb_contrastive.data.columns.access import part, values
from sb_contrastive.data.columns.groups import groups
from sb_contrastive.data.randomness import shuffled_order

LEAST = 2  # utterances held out


def validation_split(rows, share):
    """Splits off whole speakers where speakers are known, else whole recordings:
    several utterances of one file stay together, unless they are more than the
    share.

    The choice depends on names alone, so it is the same for every seed and does
    not move when the corpus is listed in another order.

    Arguments
    ---------
    rows : Rows or list of dict
        Manifest rows.
    share : float
        Share of the utterances to hold out, in (0, 1).

    Returns
    -------
    tuple of Rows or list
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
    room = max(share * len(rows), LEAST)
    group, names = _groups(rows, room)
    sizes = np.bincount(group)
    if len(sizes) < 2:
        raise ValueError(
            f"there is only one speaker, {next(names, None)!r}: training "
            f"is watched by speakers who are not trained on, so add speakers, or "
            f"name none (no column spk_id or speaker, no folder for a speaker)"
        )
    order = shuffled_order(names)
    if sizes.min() > room:
        order = order[[sizes[order].argmin()]]
        room = len(rows)
    chosen, count = [], 0
    for number, size in zip(order.tolist(), sizes[order].tolist()):
        # One that does not fit is passed over: it may be most of the corpus
        if count + size <= room and len(chosen) < len(sizes) - 1:
            chosen.append(number)
            count += size
    if count < LEAST and len(chosen) < len(sizes) - 1:
        left = np.setdiff1d(np.arange(len(sizes)), chosen)
        chosen.append(int(left[sizes[left].argmin()]))
        count += sizes[chosen[-1]]
    if count < LEAST:
        raise ValueError(
            f"{len(rows)} utterances of few speakers cannot be split into a"
            f" part to train on and {LEAST} utterances to watch the training"
            " by: leave spk_id (or speaker) out of the manifest, or add speakers"
        )
    turn = np.full(len(sizes), len(sizes))  # of a group among those held out
    turn[chosen] = np.arange(len(chosen))
    turns = turn[group]
    held = np.argsort(turns, kind="stable")[:count]
    return part(rows, turns == len(sizes)), part(rows, held)


def _groups(rows, most):
    """Return the number of the group of each row [N] and the names of the groups:
    speakers, else files of at most so many utterances, else utterances."""
    group, firsts = groups(rows, "spk_id")
    speakers = list(values(part(rows, firsts), "spk_id"))
    unknown = np.flatnonzero(group < 0)
    if not len(unknown):
        return group, iter(speakers)
    file, _ = groups(rows, "wav")
    sizes = np.bincount(file + 1)
    sizes[0] = 0  # of rows without a file
    sizes = sizes[file + 1]
    file = np.where((sizes > 1) & (sizes <= most), file, -1)
    # A file is named after the first of its utterances by the alphabet: paths
    # would differ from one machine to the next
    named, several = {}, np.flatnonzero(file >= 0)
    ids = values(part(rows, several), "ID")
    for number, name in zip(file[several].tolist(), ids):
        named[number] = min(named.get(number, name), name)

    def names_of(chosen):
        few = part(rows, chosen)
        ids, known = values(few, "ID"), values(few, "spk_id")
        for number, name, speaker in zip(file[chosen].tolist(), ids, known):
            yield speaker or named.get(number, name)

    alone = len(speakers) + np.arange(len(rows))
    group = np.where(group >= 0, group, alone)
    place = {name: number for number, name in enumerate(speakers)}
    joint = np.where(file >= 0, alone[-1] + 1 + file, alone)[unknown]
    for turn, name in enumerate(names_of(unknown) if place else ()):
        # An utterance may be called as a speaker is
        joint[turn] = place.get(name, joint[turn])
    group[unknown] = joint
    _, firsts, group = np.unique(group, return_index=True, return_inverse=True)
    order = np.argsort(firsts)  # groups in the order in which they appear
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place[group], names_of(firsts[order])
