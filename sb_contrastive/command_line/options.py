"""Adds the options that several commands share: of the model, and of reading audio."""


def add_model_arguments(parser, needed=True):
    """Add the arguments of every command that uses a model.

    Arguments
    ---------
    parser : argparse.ArgumentParser
        The parser of the command.
    needed : bool
        Whether the command cannot do without one.
    """
    parser.add_argument(
        "model",
        nargs=None if needed else "?",
        metavar="MODEL",
        help="folder of an exported model, or of another model that "
        "SpeechBrain's EncoderClassifier or SpeakerRecognition loads. A model "
        "folder is code: its hyperparams.yaml says what is built",
    )
    parser.add_argument(
        "--trust",
        action="store_true",
        help="let the model run code from outside of speechbrain, torch, "
        "torchaudio and sb_contrastive, such as Python files in its folder: "
        "for models of authors that you trust",
    )
    parser.add_argument(
        "--device",
        help="device of the model, e.g. cuda:0 (default: a GPU if there is one)",
    )


def add_sources(parser):
    """Add the audio that a command works on.

    Arguments
    ---------
    parser : argparse.ArgumentParser
        The parser of the command.
    """
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="AUDIO",
        help="audio files, folders of audio, manifests (.csv with a column wav)",
    )
    parser.add_argument(
        "--data_root", help="folder that $data_root stands for in manifests"
    )
    add_bad_audio_argument(parser)
    add_audio_arguments(parser)


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


def check_output(path, suffix, what):
    """Refuse the name of a file that could not be written in the end.

    Arguments
    ---------
    path : pathlib.Path
        The file.
    suffix : str
        How its name has to end.
    what : str
        What goes into it, for the message.

    Raises
    ------
    ValueError
        When it ends otherwise, is a folder, or would lie in a file.
    """
    if path.suffix != suffix:
        raise ValueError(f"{what} go into a {suffix} file, not {path}")
    if path.is_dir():
        raise ValueError(f"{path} is a folder: name a file")
    if any(parent.is_file() for parent in path.absolute().parents):
        raise ValueError(f"{path} would lie in a file: name a folder")
