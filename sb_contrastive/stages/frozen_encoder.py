"""Stage `pretrain_frames`: the encoder that is to be frozen is pretrained, unless it comes trained."""

from speechbrain.utils.logger import get_logger

from sb_contrastive.encoders.weights import load_weights
from sb_contrastive.experiment.signatures import checked_by
from sb_contrastive.ranges import Whole
from sb_contrastive.rows.built_in import SYNTHETIC
from sb_contrastive.rows.labelled import labelled_rows
from sb_contrastive.rows.unlabelled import unlabelled_rows
from sb_contrastive.stages.pretraining import pretrain
from sb_contrastive.systems.folders import chosen_folds, pretrained_weights
from sb_contrastive.systems.frozen_frames import comes_frozen

logger = get_logger(__name__)


def check_frames(
    experiment,
    name,
    /,
    epochs: Whole = 0,
    least_steps: Whole = 0,
    stage=pretrain,
    *,
    encoder,
    start: str | None = None,
    fold: str | None = None,
):
    """Refuse a start of another network than the encoder that is frozen, see
    `pretrain_frames`."""
    if comes_frozen(encoder):
        return
    if start:
        rows = experiment.once(labelled_rows)
        folds = chosen_folds(rows, fold, experiment.debug)
        for path in {pretrained_weights(experiment, start, f) for f in folds}:
            load_weights(encoder, path)
    elif hasattr(stage, "check"):
        length = {"epochs": epochs, "least_steps": least_steps}
        experiment.call(
            stage.check, name, **(length if stage is pretrain else {})
        )


@checked_by(check_frames)
def pretrain_frames(
    experiment,
    name,
    /,
    epochs: Whole,
    least_steps: Whole = 0,
    stage=pretrain,
    *,
    encoder,
    start: str | None = None,
    unlabelled: str | list[str] | None = None,
):
    """Pretrain the encoder whose frames an adapter reads; do nothing where it has
    been trained before.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    name : str
        Name of the stage.
    epochs, least_steps
        See `pretrain`.
    stage : callable
        The stage that pretrains.
    encoder : UtteranceEncoder
        The encoder that is to be frozen.
    start : str, optional
        Folder of a pretraining stage that has trained the encoder.
    unlabelled : str, optional
        See `unlabelled_rows`.
    """
    if start or comes_frozen(encoder):
        source = frozen_encoder(experiment, encoder, start, unlabelled)
        logger.info(f"The frozen encoder is there: {source}")
        return
    experiment.call(stage, name, epochs=epochs, least_steps=least_steps)


def about_frozen_encoder(
    experiment,
    *,
    encoder,
    start: str | None = None,
    unlabelled: str | list[str] | None = None,
):
    """Say in the protocol of the results where frames come from.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    encoder, start, unlabelled
        See `pretrain_frames`.

    Returns
    -------
    dict of str to str
        {"frozen_encoder": a description}
    """
    return {
        "frozen_encoder": frozen_encoder(experiment, encoder, start, unlabelled)
    }


def frozen_encoder(experiment, encoder, start, unlabelled):
    """Describe the frozen encoder in a few words.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    encoder, start, unlabelled
        See `pretrain_frames`.

    Returns
    -------
    str
    """
    if comes_frozen(encoder):
        return encoder.compute_features.name
    name = type(encoder.backbone).__name__
    if start:
        return f"{name}, pretrained in {start}"
    corpus = "the training part of each fold"
    if experiment.once(unlabelled_rows) is not None:
        corpus = unlabelled or SYNTHETIC.upper()
    return f"a small {name}, pretrained by this experiment itself on {corpus}"
