"""Gathers what a model folder is written from: the encoder, its description, results, and notes for the card."""

import json

from sb_contrastive.data.channel_notice import NOTE as CHANNEL_NOTE
from sb_contrastive.data.channel_notice import has_simulated_channels
from sb_contrastive.data.oracle_notice import NOTE as ORACLE_NOTE
from sb_contrastive.data.oracle_notice import is_oracle, leave_oracle_notice
from sb_contrastive.encoders.weights import load_weights
from sb_contrastive.evaluation.corpus_note import DEBUG_NOTE
from sb_contrastive.files import write_atomically
from sb_contrastive.systems.exported import encoder_text


def pretrained_encoder(experiment, path):
    """Build the encoder of an experiment with the weights of a file.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    path : pathlib.Path
        Weights of its encoder.

    Returns
    -------
    encoder : UtteranceEncoder
        In evaluation mode.
    text : str
        A YAML whose value `encoder` builds such an encoder.
    """
    encoder = experiment.build("encoder")["encoder"]
    load_weights(encoder, path)
    return encoder.eval(), encoder_text(experiment)


def described(experiment, text):
    """Leave the YAML of an encoder in the output folder, for the export to read.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    text : str
        The YAML.

    Returns
    -------
    pathlib.Path
    """
    path = experiment.folder / "exported_encoder.yaml"
    write_atomically(path, lambda p: p.write_text(text, encoding="utf-8"))
    return path


def card_results(experiment, name):
    """Read results.json for the model card.

    Arguments
    ---------
    experiment : Experiment
        A stage of it has written the file.
    name : str
        Name of the stage that exports.

    Returns
    -------
    dict

    Raises
    ------
    FileNotFoundError
        When there is none.
    """
    path = experiment.folder / "results.json"
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is not there for the model card: put the stage that "
            f"writes it before {name!r} in `stages`"
        )
    return json.loads(path.read_text(encoding="utf-8"))


def mark_oracle(experiment, folder):
    """Tell whoever trains on from the model in a folder that it is an oracle's,
    where the experiment is one."""
    if is_oracle(experiment.folder):
        leave_oracle_notice(folder)


def run_notes(experiment):
    """Return what a card says of a debug run, an oracle and channels, a list of
    sentences; nothing of a real one."""
    oracle = is_oracle(experiment.folder)
    notes = [DEBUG_NOTE] * experiment.debug + [ORACLE_NOTE] * oracle
    return notes + [CHANNEL_NOTE] * has_simulated_channels(experiment.folder)
