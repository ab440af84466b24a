"""The file that marks what was trained by an oracle: labels have said who is a positive or a negative."""

from pathlib import Path

from sb_contrastive.files import write_atomically

NOTICE_NAME = "ORACLE.txt"
NOTE = (
    "ORACLE RUN: the true speakers of the training utterances chose positives "
    "or negatives, so nothing here was learnt without labels."
)


def leave_oracle_notice(folder):
    """Mark the folder of a training.

    Arguments
    ---------
    folder : pathlib.Path
        Where its encoder lies.
    """
    write_atomically(
        Path(folder) / NOTICE_NAME,
        lambda path: path.write_text(f"{NOTE}\n", encoding="utf-8"),
    )


def is_oracle(folder):
    """Tell whether a folder is that of such a training, or holds one: stages lie in
    the folder of an experiment, and folds in those of a stage.

    Arguments
    ---------
    folder : str or pathlib.Path
        Of an experiment, a stage or a fold.

    Returns
    -------
    bool

    Example
    -------
    >>> folder = getfixture("tmp_path") / "pretrain"
    >>> folder.mkdir()
    >>> is_oracle(folder.parent)
    False
    >>> leave_oracle_notice(folder)
    >>> is_oracle(folder), is_oracle(folder.parent)
    (True, True)
    """
    below = ("", "*/", "*/*/")
    return any(
        any(Path(folder).glob(f"{level}{NOTICE_NAME}")) for level in below
    )
