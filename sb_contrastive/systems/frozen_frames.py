"""The frozen encoder that an adapter stands on: pretrained here or elsewhere, and its frames, computed once."""

from speechbrain.utils.distributed import infer_device, run_on_main

from sb_contrastive.data.features.cache import FeatureCache
from sb_contrastive.encoders.frozen import FrozenEncoder, FrozenFrames
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
    device = experiment.run_opts and experiment.run_opts.get("device")
    cache = FeatureCache(
        features_folder,
        FrozenEncoder(encoder, checkpoint),
        device=device or infer_device(),
    )
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
