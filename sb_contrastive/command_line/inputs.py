"""Finds the utterances behind the files, folders and manifests a user names."""

import math
from pathlib import Path

from sb_contrastive.data.audio.check import check_audio
from sb_contrastive.data.audio.formats import COMMON, READABLE
from sb_contrastive.data.audio.silence import trim_silence
from sb_contrastive.data.manifests.preparation import rows_of
from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.data.manifests.spans import fill_spans
from sb_contrastive.data.manifests.utterance_ids import fill_ids


def add_audio_arguments(parser):
    """Add the options for reading audio, which all commands share.

    Arguments
    ---------
    parser : argparse.ArgumentParser
        The parser of the command.
    """
    parser.add_argument(
        "--trim_silence_db",
        type=float,
        metavar="DB",
        help="cut both ends of a recording where they are this far below the "
        "speech, 0: nothing (default: as in the training of the model, which "
        "its hyperparams.yaml says)",
    )


def add_bad_audio_argument(parser):
    """Add the choice of what happens at files that cannot be used.

    Arguments
    ---------
    parser : argparse.ArgumentParser
        The parser of a command of which some files may be left out.
    """
    parser.add_argument(
        "--on_bad_audio",
        choices=("stop", "skip"),
        default="stop",
        help="stop at files that cannot be used, or skip them; both list the "
        "files (default: %(default)s)",
    )


def read_inputs(sources, data_root=None):
    """Make manifest rows from audio files, folders of them, and manifests.

    Arguments
    ---------
    sources : list of str
        Paths in any order; a file that occurs twice counts once.
    data_root : str, optional
        Folder that `$data_root` stands for in the manifests.

    Returns
    -------
    list of dict
        Rows of the single files, then of folders and manifests.

    Raises
    ------
    FileNotFoundError
        When there is no such folder or manifest. Missing audio files are
        reported by `check_audio`, all of them together.
    ValueError
        When a source is none of the three.

    Example
    -------
    >>> read_inputs(["speech.txt"])
    Traceback (most recent call last):
    ...
    ValueError: speech.txt is neither a folder nor a .csv, .wav, ...
    """
    files, others = [], []
    for source in map(str, sources):
        suffix = Path(source).suffix.lower()
        if suffix in READABLE and not Path(source).is_dir():
            files.append(source)
        elif suffix == ".csv" or Path(source).is_dir():
            others.append(source)
        elif not suffix:
            raise FileNotFoundError(f"there is no folder {source}")
        else:
            raise ValueError(
                f"{source} is neither a folder nor a .csv, {', '.join(COMMON)} "
                f"or other file that libsndfile reads"
            )
    rows = rows_of(others, data_root) if others else []
    single = _rows_of_files(files)
    if {row["ID"] for row in single} & {row["ID"] for row in rows}:
        single = [{**row, "ID": f"file--{row['ID']}"} for row in single]
    return single + rows


def checked(rows, options, model, converted_folder):
    """Check all audio before any of it is embedded.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.
    options : argparse.Namespace
        Options with those of `add_audio_arguments`, and maybe of
        `add_bad_audio_argument`: without it, no file may be left out.
    model : Model
        Says the sample rate, and how silence was cut in training.
    converted_folder : str or pathlib.Path
        Folder for copies of files at another rate or with several channels.

    Returns
    -------
    list of dict
        Rows from `check_audio`, without silence at the ends where the options,
        or else the model, ask for that.
    """
    rows = check_audio(
        rows,
        sample_rate=model.rate,
        on_bad_audio=getattr(options, "on_bad_audio", "refuse"),
        converted_folder=converted_folder,
        shortest=0.1,
    )
    below = silence_cut(options, model)
    if below:
        rows = trim_silence(rows, below, sample_rate=model.rate)
    return rows


def silence_cut(options, model):
    """Return how far below the speech silence is cut, 0 for not at all.

    Arguments
    ---------
    options, model
        See `checked`.

    Returns
    -------
    float
    """
    given = options.trim_silence_db
    if given is None:
        return model.trim_silence_db
    if not 0 <= given < math.inf:
        raise ValueError(
            f"--trim_silence_db is a number of decibels from 0, got {given}"
        )
    return given


def _rows_of_files(files):
    paths = [Path(file).expanduser().absolute() for file in files]
    rows = [
        {"wav": path.as_posix(), SOURCE: str(file)}
        for path, file in dict(zip(paths, files)).items()
    ]
    fill_ids(rows)
    fill_spans(rows)
    return rows
