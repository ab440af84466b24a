"""Where the figures of each epoch go while a run trains."""

from speechbrain.utils.distributed import if_main_process
from speechbrain.utils.train_logger import FileTrainLogger, TensorboardLogger


def train_loggers(hparams, folder):
    """SpeechBrain's loggers for one training run.

    Arguments
    ---------
    hparams : dict
        The experiment's values; `tensorboard` asks for event files too.
    folder : pathlib.Path
        Folder of the run.

    Returns
    -------
    list
        None but on the main process.
    """
    if not if_main_process():
        return []
    loggers = [FileTrainLogger(folder / "train_log.txt")]
    if hparams["tensorboard"]:
        loggers.append(TensorboardLogger(folder / "tensorboard"))
    return loggers
