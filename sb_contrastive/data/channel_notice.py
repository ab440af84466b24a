"""The file that marks an experiment whose recordings were sent through simulated channels."""

from pathlib import Path

from sb_contrastive.files import write_atomically

NOTICE_NAME = "SIMULATED_CHANNELS.txt"
NOTE = (
    "SIMULATED CHANNELS: recordings were sent through simulated rooms, "
    "microphones and codecs, so these are no results on the corpus as it is."
)


def leave_channel_notice(folder):
    """Mark a folder.

    Arguments
    ---------
    folder : pathlib.Path
        Of copies, or of the manifests of an experiment.
    """
    write_atomically(
        Path(folder) / NOTICE_NAME,
        lambda path: path.write_text(f"{NOTE}\n", encoding="utf-8"),
    )


def has_simulated_channels(folder):
    """Tell whether an experiment hears simulated channels.

    Arguments
    ---------
    folder : str or pathlib.Path
        Of the experiment.

    Returns
    -------
    bool

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> leave_channel_notice(folder / "manifests")
    >>> has_simulated_channels(folder)
    True
    """
    return (Path(folder) / "manifests" / NOTICE_NAME).is_file()
