"""Loads the folder of any SpeechBrain model, with what it says about its use."""

from __future__ import annotations

import math
from pathlib import Path

import torch

from sb_contrastive.device import checked_device
from sb_contrastive.encoders import UtteranceEncoder
from sb_contrastive.evaluation.verification.calibration import Calibration
from sb_contrastive.export.loading.load_model import FILE, load_model
from sb_contrastive.inference.model import Model
from sb_contrastive.inference.network import FrontEnd, OfEmbeddings, WithLengths
from sb_contrastive.models import model_folder

NEEDED = ("compute_features", "mean_var_norm", "embedding_model")


def load(
    source: str | Path, device: str | None = None, trust: bool = False
) -> Model:
    """Load a model that embeds speech.

    Padding, lengths and the noise in SpeechBrain's statistics pooling are
    handled as in training, see `UtteranceEncoder`. The keys `sample_rate`,
    `trim_silence_db`, `threshold`, `llr_scale` and `llr_offset` of its
    hyperparams.yaml are obeyed.

    Arguments
    ---------
    source : str or pathlib.Path
        Folder of an exported model, or of another one that SpeechBrain's
        `EncoderClassifier` or `SpeakerRecognition` loads; or the name of a model
        that comes with the package, see `sb_contrastive.models`.
    device : str, optional
        Device of the model, e.g. "cuda:0"; when absent, a GPU if there is one.
    trust : bool
        Whether its hyperparams.yaml may name any code, also Python files in the
        folder: for models of authors that you trust.

    Returns
    -------
    Model
        In evaluation mode.

    Raises
    ------
    FileNotFoundError
        When the folder lacks hyperparams.yaml or weights.
    ValueError
        When it describes no model that embeds speech, or one whose code is not
        trusted, or there is no such device.

    Example
    -------
    >>> load("no/model")
    Traceback (most recent call last):
    ...
    FileNotFoundError: there is no model in no/model, since it has no ...
    """
    device, source = checked_device(device), model_folder(source)
    loaded = load_model(source, device, trust)
    modules = loaded.mods
    missing = [name for name in NEEDED if name not in modules]
    if missing:
        raise ValueError(
            f"{source} is a model without {', '.join(missing)} among its "
            f"modules, {', '.join(modules)}: it is none that embeds speech"
        )
    silence = _number(source, loaded, "trim_silence_db") or 0.0
    if silence < 0:
        raise ValueError(
            f"{source}/{FILE}: trim_silence_db is a number from 0, not {silence}"
        )
    classifier = None
    if "classifier" in modules:
        classifier = OfEmbeddings(modules.classifier).eval()
    labels = getattr(loaded.hparams, "label_encoder", None)
    names = getattr(labels, "ind2lab", {})
    return Model(
        _encoder(source, loaded),
        device=loaded.device,
        sample_rate=loaded.audio_normalizer.sample_rate,
        trim_silence_db=silence,
        threshold=_number(source, loaded, "threshold"),
        calibration=_calibration(source, loaded),
        classifier=classifier,
        classes=tuple(str(names[i]) for i in sorted(names)),
    )


def _encoder(source, loaded):
    """Make an encoder of the parts of a model, and try it on a second of noise."""
    modules = loaded.mods
    rate = loaded.audio_normalizer.sample_rate
    try:
        encoder = UtteranceEncoder(
            FrontEnd(modules.compute_features, modules.mean_var_norm),
            WithLengths(modules.embedding_model),
            embedding_dim=None,
            sample_rate=rate,
        ).eval()
        with torch.no_grad():
            noise = 0.01 * torch.randn(1, rate, device=loaded.device)
            encoder.embedding_dim = encoder(noise).shape[-1]
    except (RuntimeError, ValueError) as error:
        raise ValueError(
            f"{source}/{FILE} describes a network that embeds no second of "
            f"audio: {str(error).splitlines()[0]}"
        ) from error
    return encoder


def _calibration(source, loaded):
    """Read what makes log-likelihood ratios of cosines, if it is there."""
    scale, offset = (
        _number(source, loaded, key) for key in ("llr_scale", "llr_offset")
    )
    if scale is None and offset is None:
        return None
    if scale is None or offset is None or scale <= 0:
        raise ValueError(
            f"{source}/{FILE}: llr_scale is a positive number, and llr_offset "
            f"a number beside it: `calibrate` writes both"
        )
    return Calibration(scale, offset)


def _number(source, loaded, key):
    """Read a key of hyperparams.yaml that need not be there."""
    value = getattr(loaded.hparams, key, None)
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    if value is not None and not (plain and math.isfinite(value)):
        raise ValueError(f"{source}/{FILE}: {key} is a number, not {value!r}")
    return value
