"""Exports an encoder without a classifier."""

from sb_contrastive.export.model_folder import write_model
from sb_contrastive.export.usage import Usage


def export_encoder(
    folder, encoder_yaml, encoder, card, overrides="", usage=Usage()
):
    """Write an encoder to a folder that SpeechBrain's `SpeakerRecognition` and
    `EncoderClassifier` load, the latter for `encode_batch`.

    Arguments
    ---------
    folder : str or pathlib.Path
        The folder to write; an older export there is replaced.
    encoder_yaml : str or pathlib.Path
        As for `export_classifier`.
    encoder : UtteranceEncoder
        The trained encoder, which is left unchanged.
    card : dict
        The text of README.md by section, see `model_card`.
    overrides : str
        As for `export_classifier`.
    usage : Usage
        What a user has to do as the training did, and the threshold of cosines.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    ValueError
        When `encoder_yaml` describes another encoder or `folder` holds
        something else.

    Example
    -------
    >>> export_encoder(
    ...     "results/model", "hparams/models/ecapa.yaml", encoder,
    ...     {"title": "DINO, ECAPA-TDNN"},
    ... )  # doctest: +SKIP
    PosixPath('results/model')
    """
    return write_model(
        folder, encoder_yaml, encoder, card, overrides, "", {}, usage
    )
