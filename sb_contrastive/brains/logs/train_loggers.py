"""Loggers of a training run: a text file, and event files for TensorBoard."""

import importlib.util
import logging

from speechbrain.utils.distributed import if_main_process


def train_loggers(folder, tensorboard=False):
    """Make SpeechBrain's loggers for one training run.

    Arguments
    ---------
    folder : pathlib.Path
        Folder of the run.
    tensorboard : bool
        Whether to write event files for TensorBoard too.

    Returns
    -------
    list
        Empty on all processes but the main one.
    """
    if not if_main_process():
        return []
    # The import warns that torchvision is not there, which is for figures that
    # nobody draws here
    logging.getLogger("speechbrain.utils.train_logger").addFilter(
        lambda record: "torchvision" not in record.getMessage()
    )
    from speechbrain.utils.train_logger import (
        FileTrainLogger,
        TensorboardLogger,
    )

    loggers = [FileTrainLogger(folder / "train_log.txt")]
    if tensorboard:
        check_tensorboard()
        loggers.append(TensorboardLogger(folder / "tensorboard"))
    return loggers


def check_tensorboard():
    """Refuse event files where the package that writes them is missing.

    Raises
    ------
    ModuleNotFoundError
        With the way to mend it.
    """
    if importlib.util.find_spec("tensorboard") is None:
        raise ModuleNotFoundError(
            "tensorboard is not installed: pip install tensorboard, or leave "
            "--tensorboard at False",
            name="tensorboard",
        )


def log_stats(loggers, epoch, rate, train, valid):
    """Give the figures of an epoch to SpeechBrain's loggers.

    Arguments
    ---------
    loggers : list
        As `train_loggers` makes them.
    epoch : int
        Its number.
    rate : float
        Learning rate of its last step.
    train, valid : dict of str to float
        Figures of the training and the validation part.
    """
    for logger in loggers:
        logger.log_stats(
            {"epoch": epoch, "lr": rate}, train_stats=train, valid_stats=valid
        )
