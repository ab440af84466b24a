"""The frozen encoder that an adapter stands on: pretrained here or elsewhere, and its frames, computed once."""

from speechbrain.utils.distributed import infer_device, run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.features.cache import FeatureCache
from sb_contrastive.encoders.frozen import FrozenEncoder, FrozenFrames
from sb_contrastive.encoders.utterance_encoder import FRONT_END
from sb_contrastive.stages.corpus import SYNTHETIC, unlabelled_rows
from sb_contrastive.stages.folders import pretrained_weights
from sb_contrastive.stages.pretraining import pretrain

logger = get_logger(__name__)

STAGE = "pretrain"  # the stage whose encoder is frozen


def pretrain_frames(experiment, name, **options):
    """Stage `pretrain` of an experiment on frozen frames: does nothing where
    the encoder has been trained before.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `encoder`, and `start`, the folder of a pretraining stage
        that has run, or None.
    name : str
        Name of the stage.
    **options
        As for `pretrain`.
    """
    if experiment.hparams["start"] or _comes_frozen(experiment.hparams):
        logger.info(f"The frozen encoder is there: {_source(experiment)}")
        return
    pretrain(experiment, name, **options)


def frame_cache(experiment, rows, fold=None):
    """Frames of the frozen encoder, computed unless they are there.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `encoder`, `start` and `features_folder`.
    rows : list of dict
        Manifest rows.
    fold : str, optional
        The test fold, where each has an encoder of its own.

    Returns
    -------
    FeatureCache
        With all these rows.
    """
    hparams = experiment.load()
    checkpoint = None
    if not _comes_frozen(hparams):
        stage = hparams["start"] or STAGE
        checkpoint = pretrained_weights(experiment, stage, fold)
    device = experiment.run_opts and experiment.run_opts.get("device")
    cache = FeatureCache(
        hparams["features_folder"],
        FrozenEncoder(hparams["encoder"], checkpoint),
        device=device or infer_device(),
    )
    run_on_main(cache.build, args=[rows])
    cache.build(rows)  # on the other processes: finds what is there
    return cache


def about_frozen_encoder(experiment):
    """Where the frames come from, for the protocol of the results.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `encoder` and `start`.

    Returns
    -------
    dict of str to str
        {"frozen_encoder": what it is}
    """
    return {"frozen_encoder": _source(experiment)}


def _comes_frozen(hparams):
    """Whether frames are those of a front end that nothing trains."""
    encoder = hparams["encoder"]
    return encoder.frame_layer == FRONT_END and isinstance(
        encoder.compute_features, FrozenFrames
    )


def _source(experiment):
    hparams = experiment.hparams
    if _comes_frozen(hparams):
        return hparams["encoder"].compute_features.name
    name = type(hparams["encoder"].backbone).__name__
    if hparams["start"]:
        return f"{name}, pretrained in {hparams['start']}"
    corpus = "the training part of each fold"
    if unlabelled_rows(experiment) is not None:
        corpus = hparams["unlabelled"] or SYNTHETIC.upper()
    return f"a small {name}, pretrained by this experiment itself on {corpus}"
