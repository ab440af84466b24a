"""Loggers of a training run: a text file, and event files for TensorBoard."""

from speechbrain.utils.distributed import if_main_process
from speechbrain.utils.train_logger import FileTrainLogger, TensorboardLogger


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
    loggers = [FileTrainLogger(folder / "train_log.txt")]
    if tensorboard:
        loggers.append(TensorboardLogger(folder / "tensorboard"))
    return loggers
