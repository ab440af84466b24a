"""Cuts long recordings into chunks of one length."""

from sb_contrastive.ranges import Positive


def chunk_rows(
    rows, seconds: Positive, hop: Positive | None = None, sample_rate=16000
):
    """Makes a row of each chunk of each recording; no audio is read.

    Arguments
    ---------
    rows : list of dict
        Manifest rows, with all their columns; a chunk keeps the subject, the
        label and the fold of its recording.
    seconds : float
        Length of a chunk.
    hop : float, optional
        Seconds from one start to the next, by default the length. The last
        chunk ends with the recording, so that no end is lost; a recording
        shorter than a chunk is one.
    sample_rate : int
        Samples per second.

    Returns
    -------
    list of dict
        Rows with the ID of the recording, "_" and the number of the chunk.

    Example
    -------
    >>> row = {"ID": "S001", "start": 0, "stop": 400000, "subject": "S001"}
    >>> [(c["ID"], c["start"], c["stop"]) for c in chunk_rows([row], 10, hop=5)]
    [('S001_000', 0, 160000), ('S001_001', 80000, 240000), ...]
    """
    length = round(seconds * sample_rate)
    step = round((seconds if hop is None else hop) * sample_rate)
    if length < 1 or step < 1:
        raise ValueError(
            f"a chunk of {seconds} s every {hop} s is none: both are above 0"
        )
    chunks = []
    for row in rows:
        start, stop = int(row["start"]), int(row["stop"])
        last = max(stop - length, start)
        starts = [*range(start, last, step), last]
        for number, first in enumerate(starts):
            end = min(first + length, stop)
            chunks.append(
                {
                    **row,
                    "ID": f"{row['ID']}_{number:03d}",
                    "start": first,
                    "stop": end,
                    "duration": (end - first) / sample_rate,
                }
            )
    return chunks
