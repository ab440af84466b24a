"""Exports an encoder alone."""

from sb_contrastive.export.model_folder import write_model


def export_encoder(folder, encoder_yaml, encoder, card, overrides=""):
    """Write an encoder alone: what `EncoderClassifier.encode_batch` and
    `speechbrain.inference.speaker.SpeakerRecognition` load.

    Arguments
    ---------
    folder : str or pathlib.Path
        Where to write; an older export there is replaced.
    encoder_yaml : str or pathlib.Path
        As for `export_classifier`.
    encoder : UtteranceEncoder
        The trained encoder; left as it is.
    card : dict
        What README.md says, text by section: see `model_card`.
    overrides : str
        As for `export_classifier`.

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
    return write_model(folder, encoder_yaml, encoder, card, overrides, "", {})
