"""Finds what a cache holds of the utterances of a manifest."""

from sb_contrastive.data.features.audio_identity import (
    digest_of,
    length_of,
    samples_of,
    span_of,
    stamp_of,
)


def look_up(records, rows):
    """Find the records of rows, by their files or else by their samples.

    Arguments
    ---------
    records : list of dict
        The index of a cache: the stamp of each utterance, and in `audio` the
        digest of its samples.
    rows : list of dict
        Manifest rows.

    Returns
    -------
    places : dict of str to dict
        The record of each utterance that has one, by its ID.
    missing : list of dict
        Rows that have none.
    moved : list of dict
        New records of audio that lies elsewhere than before.
    """
    known = {span_of(r): r for r in records}
    audio = {r["audio"]: r for r in records}
    lengths = {(r["size"], length_of(r)) for r in records}
    places, missing, moved = {}, [], []
    for row in rows:
        stamp = stamp_of(row)
        record = known.get(span_of(stamp), {})
        if not stamp.items() <= record.items():
            record = None
            # Moved, copied or touched audio is as long as it was: only then
            # is it worth a look inside
            if (stamp["size"], length_of(stamp)) in lengths:
                record = audio.get(digest_of(samples_of(row)))
            if record is None:
                missing.append(row)
                continue
            record = {**record, **stamp}
            moved.append(record)
        places[row["ID"]] = record
    return places, missing, moved
