"""Reads when the participant of an interview speaks, from CHAT files and segmentation tables."""

import csv
import re

# *PAR:<tab>well I see <pause> a boy . \x15240_9902\x15; older files have
# \x15%snd:"S001"_240_9902\x15
MARK = re.compile(r"(\d+)_(\d+)\x15")
PARTICIPANT = "PAR"


def read_turns(path, seconds):
    """Reads the participant's turns.

    Arguments
    ---------
    path : Path
        A CHAT file (.cha) or a segmentation table (.csv).
    seconds : float
        Length of the recording.

    Returns
    -------
    list of tuple of float
        (start, end) in seconds, sorted; turns that touch or overlap are one.
        A segmentation that lists the interviewer alone leaves the
        participant the rest of the recording.

    Raises
    ------
    ValueError
        When there is none, or one is not in the recording.

    Example
    -------
    >>> path = getfixture("tmp_path") / "S001.cha"
    >>> text = "*INV:\\tgo on . \\x150_900\\x15\\n*PAR:\\ta boy\\n\\tand . \\x151000_2500\\x15"
    >>> _ = path.write_text(text)
    >>> read_turns(path, seconds=3.0)
    [(1.0, 2.5)]
    """
    if path.suffix.lower() == ".cha":
        spans = read_chat(path)
    else:
        spans = read_segmentation(path)
    if not spans:
        raise ValueError(f"{path} lists no turn with times")
    for _, start, end in spans:
        if end <= start or start >= 1000 * seconds:
            raise ValueError(
                f"{path} has a turn from {start:g} to {end:g} ms, but the"
                f" recording lasts {1000 * seconds:.0f} ms"
            )
    turns = [
        (start / 1000, min(end / 1000, seconds))
        for speaker, start, end in spans
        if speaker == PARTICIPANT
    ]
    if not turns:
        if path.suffix.lower() == ".cha":
            raise ValueError(f"{path} has no *{PARTICIPANT} with times")
        turns = _rest(
            _merged([(s / 1000, e / 1000) for _, s, e in spans]), seconds
        )
        if not turns:
            raise ValueError(
                f"{path} leaves nothing of the recording to the participant"
            )
    return _merged(turns)


def read_chat(path):
    """Reads the timed utterances of a CHAT file.

    Arguments
    ---------
    path : Path
        Transcript; only main tiers (`*PAR:`, `*INV:`) count. Dependent ones
        (`%wor:`) may hold times of single words, headers (`@ID:`) the
        diagnosis, which no model may see.

    Returns
    -------
    list of tuple
        (speaker, start, end) in milliseconds, in the order of the file.
    """
    spans, speaker = [], None
    for line in path.read_text("utf-8", errors="replace").splitlines():
        if line[:1] in ("*", "%", "@"):
            speaker = line[1:4] if line.startswith("*") else None
        # Other lines go on with the tier above
        if speaker is not None:
            spans += [
                (speaker, float(start), float(end))
                for start, end in MARK.findall(line)
            ]
    return spans


def read_segmentation(path):
    """Reads a segmentation table of ADReSSo.

    Arguments
    ---------
    path : Path
        CSV with the columns speaker, begin and end (ms).

    Returns
    -------
    list of tuple
        (speaker, start, end) in milliseconds, in the order of the file.

    Raises
    ------
    ValueError
        When it is no such table; the message names the line.
    """
    spans = []
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file, skipinitialspace=True)
        names = [(name or "").strip() for name in reader.fieldnames or []]
        missing = {"speaker", "begin", "end"} - set(names)
        if missing:
            raise ValueError(
                f"{path}:1 has no column {', '.join(sorted(missing))}"
            )
        reader.fieldnames = names
        for row in reader:
            try:
                span = float(row["begin"]), float(row["end"])
            except (TypeError, ValueError):
                raise ValueError(
                    f"{path}:{reader.line_num} has no begin and end in ms"
                ) from None
            spans.append((row["speaker"].strip().upper(), *span))
    return spans


def _merged(spans):
    """Sorts spans and joins those that touch or overlap."""
    merged = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _rest(spans, seconds):
    """Lists the parts of a recording outside merged spans."""
    edges = [0.0, *(edge for span in spans for edge in span), seconds]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2]) if b > a]
