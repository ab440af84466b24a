"""Reports audio that cannot be used: stops at it, or leaves it out."""

from speechbrain.utils.logger import get_logger

logger = get_logger(__name__)

LISTED = 20  # bad files printed; a wrong folder would print thousands


def check_choice(on_bad_audio):
    """Refuses any `on_bad_audio` but "stop", "skip" and "refuse"."""
    if on_bad_audio not in ("stop", "skip", "refuse"):
        raise ValueError(
            f"--on_bad_audio is stop or skip, not {on_bad_audio!r}"
        )


def report_bad(bad, total, on_bad_audio):
    """Stops, or warns, with one report of all utterances that cannot be used.

    Arguments
    ---------
    bad : list of str
        One line per utterance: its file, what is wrong, where it is listed.
    total : int
        Utterances looked at.
    on_bad_audio : str
        "stop" or "skip", as for `check_audio`; or "refuse", where none may be
        left out, so that no message says how.

    Raises
    ------
    ValueError
        When there are bad ones and they may not be skipped, or all are bad.

    Example
    -------
    >>> report_bad(["/a.wav: empty (a)"], 2, "stop")
    Traceback (most recent call last):
    ...
    ValueError: 1 of 2 utterances have unusable audio; mend or remove them, ...
      /a.wav: empty (a)
    """
    if not bad:
        return
    # A file cut into many spans is still one bad file
    lines = [printable(line) for line in dict.fromkeys(bad)]
    listed = "\n".join(f"  {line}" for line in lines[:LISTED])
    if len(lines) > LISTED:
        listed += f"\n  and {len(lines) - LISTED} more"
    count = f"{len(bad)} of {total} utterances"
    if on_bad_audio == "refuse":
        raise ValueError(
            f"{count} have unusable audio, and all of them are needed; mend"
            f" these files:\n{listed}"
        )
    if len(bad) == total:
        raise ValueError(
            f"{count} have unusable audio, so none is left; is the data"
            f" folder right?\n{listed}"
        )
    if on_bad_audio == "stop":
        raise ValueError(
            f"{count} have unusable audio; mend or remove them, or leave"
            f" them out with --on_bad_audio skip:\n{listed}"
        )
    logger.warning("%s left out, their audio is unusable:\n%s", count, listed)


def printable(text):
    """Escapes the bytes of a file name that are not UTF-8, and could not be
    printed.

    Example
    -------
    >>> printable("caf" + chr(0xDCE9) + ".wav") == "caf" + chr(92) + "xe9.wav"
    True
    """
    return text.encode("utf-8", "surrogateescape").decode(
        "utf-8", "backslashreplace"
    )
