"""Frames of what is frozen, computed once: of the encoder that an adapter stands on, or of the layers below trained ones."""

from speechbrain.utils.distributed import run_on_main

from sb_contrastive.data.features.cache import FeatureCache
from sb_contrastive.device import run_device
from sb_contrastive.encoders.frozen import FrozenEncoder, FrozenFrames
from sb_contrastive.encoders.pretrained.frames import PretrainedFrames
from sb_contrastive.encoders.pretrained.lower_frames import lower_frames
from sb_contrastive.encoders.utterance_encoder import FRONT_END
from sb_contrastive.systems.folders import pretrained_weights

STAGE = "pretrain"  # the stage whose encoder is frozen


def frame_cache(
    experiment,
    rows,
    fold=None,
    /,
    *,
    encoder,
    features_folder: str,
    start: str | None = None,
):
    """Return the frames of the frozen encoder, computed unless they are there.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    rows : list of dict
        Manifest rows.
    fold : str, optional
        The test fold, where each has an encoder of its own.
    encoder : UtteranceEncoder
        The encoder that is frozen.
    features_folder : str
        Folder of the cache; experiments may share one.
    start : str, optional
        Folder of a pretraining stage that has trained the encoder; the stage
        `pretrain` of this experiment when absent.

    Returns
    -------
    FeatureCache
        With all these rows.
    """
    checkpoint = None
    if not comes_frozen(encoder):
        checkpoint = pretrained_weights(experiment, start or STAGE, fold)
    frozen = FrozenEncoder(encoder, checkpoint)
    return _built(experiment, features_folder, frozen, rows)


def lower_frame_cache(experiment, rows, encoder, folder=None):
    """Return the frames of the frozen layers below the trained ones, computed
    unless they are there.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    rows : list of dict
        Manifest rows.
    encoder : UtteranceEncoder
        Its front end is tuned by "top_k", see `lower_frames`.
    folder : str, optional
        Folder of the cache; `features` in the output folder when absent.

    Returns
    -------
    FeatureCache
        With all these rows.
    """
    lower = lower_frames(encoder.compute_features)
    folder = folder or experiment.folder / "features"
    return _built(experiment, folder, lower, rows)


def check_cacheable(encoder, augmentation):
    """Refuse to train on frames of the frozen layers where there are none, or
    where they would differ from step to step.

    Arguments
    ---------
    encoder : UtteranceEncoder
        The encoder to train.
    augmentation : Augmentation or None
        Of the training crops.

    Raises
    ------
    ValueError
        With the value to change.
    """
    front_end = encoder.compute_features
    what = "cache_frozen keeps the frames of the frozen layers"
    if not isinstance(front_end, PretrainedFrames):
        raise ValueError(
            f"{what} of a pretrained network, and this encoder begins with "
            f"{type(front_end).__name__}: set cache_frozen to False"
        )
    if front_end.first_trained is None:
        raise ValueError(
            f"{what} below trained ones, and tune: {front_end.tuning.tune} "
            f"leaves none: set tune to top_k, or cache_frozen to False"
        )
    changes = {
        "the augmentation of the training crops": augmentation is not None,
        "spec_augment": front_end.tuning.spec_augment,
    }
    for change, is_set in changes.items():
        if is_set:
            raise ValueError(
                f"{what}, and {change} makes other ones at every step: leave "
                f"it out, or set cache_frozen to False"
            )


def _built(experiment, folder, frozen, rows):
    """Make a cache of a front end's frames, with those of all rows."""
    device = run_device(experiment.run_opts)
    cache = FeatureCache(folder, frozen, device=device)
    run_on_main(cache.build, args=[rows])
    cache.build(rows)  # on the other processes: finds what is there
    return cache


def comes_frozen(encoder):
    """Tell whether frames are those of a front end that nothing trains.

    Arguments
    ---------
    encoder : UtteranceEncoder
        The encoder of the experiment.

    Returns
    -------
    bool
    """
    front_end = encoder.compute_features
    return (
        encoder.frame_layer == FRONT_END
        and isinstance(front_end, FrozenFrames)
        and not front_end.trains
    )
