"""The frozen layers below the trained ones, as a front end whose frames can be kept."""

import copy

from sb_contrastive.encoders.frozen.network import FrozenNetwork
from sb_contrastive.encoders.pretrained.cut_short import (
    cut_short,
    drops_frames,
)
from sb_contrastive.encoders.tuning.tuning import Tuning


def lower_frames(front_end):
    """Make a frozen front end of the layers below the trained ones.

    With `tune: top_k` those give the same frames at every step. A
    `FeatureCache` can keep them, under a name that depends on these layers and
    on no other; `front_end.upper` runs the trained layers on them.

    Arguments
    ---------
    front_end : PretrainedFrames
        Of which "top_k" layers are trained; it is left as it is.

    Returns
    -------
    PretrainedFrames
        Waveforms [B, S] -> the input of the first trained layer [B, T, D]; where
        the front end gives all layers, or a sum of them, the states below are
        beside it.

    Raises
    ------
    ValueError
        When the front end is tuned in another way, or not at all.

    Example
    -------
    >>> from sb_contrastive.encoders import Tuning, WhisperFrames
    >>> whole = WhisperFrames(
    ...     "models/whisper-tiny.en", tuning=Tuning("top_k")
    ... )  # doctest: +SKIP
    >>> frames = lower_frames(whole)(torch.randn(2, 16000))  # doctest: +SKIP
    >>> whole.upper(frames).shape  # doctest: +SKIP
    torch.Size([2, 50, 384])
    """
    count = front_end.first_trained
    if count is None:
        raise ValueError(
            f"tune: {front_end.tuning.tune} leaves no frozen layers below "
            f"trained ones: set tune to top_k"
        )
    if drops_frames(front_end):
        raise ValueError(
            f"{front_end.name} has layers behind its Transformer, which drop "
            f"frames: its frozen layers cannot be run apart"
        )
    network = front_end.tuned.plain_copy()
    cut_short(network, front_end.layout, count)
    lower = copy.deepcopy(front_end)
    lower.tuned, lower.tuning = None, Tuning()
    lower.frozen = FrozenNetwork(network)
    lower.config.num_hidden_layers = count
    if lower.layers == "weighted":
        del lower.layer_weights
    lower.layers = "last" if lower.layers == "last" else "all"
    return lower
