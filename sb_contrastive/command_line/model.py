"""Loads the folder of any SpeechBrain model as an encoder, with what it says about itself."""

import math
from typing import Any, NamedTuple

import torch

from sb_contrastive.device import checked_device
from sb_contrastive.encoders import UtteranceEncoder
from sb_contrastive.export.loading.load_model import FILE, load_model

NEEDED = ("compute_features", "mean_var_norm", "embedding_model")


class Model(NamedTuple):
    """An encoder and the keys of its hyperparams.yaml that say how to use it.

    `rate` is the sample rate in Hz. `trim_silence_db` is how far below the
    speech silence was cut in training, 0 where none was. Cosines above
    `threshold` mean one speaker; it is None where none was measured.
    """

    encoder: Any
    device: str
    rate: int
    trim_silence_db: float
    threshold: float | None


def add_model_arguments(parser):
    """Add the arguments of every command that uses a model.

    Arguments
    ---------
    parser : argparse.ArgumentParser
        The parser of the command.
    """
    parser.add_argument(
        "model",
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


def load_encoder(folder, device=None, trust=False):
    """Load a folder that SpeechBrain's EncoderClassifier understands.

    Padding, lengths and the noise in SpeechBrain's statistics pooling are
    handled as in training, see `UtteranceEncoder`.

    Arguments
    ---------
    folder, trust
        See `load_model`.
    device : str, optional
        Device of the model; when absent, a GPU if there is one.

    Returns
    -------
    Model
        Its encoder is in evaluation mode.

    Raises
    ------
    FileNotFoundError
        When the folder lacks hyperparams.yaml or weights.
    ValueError
        When it describes no model that embeds speech, or one whose code is not
        trusted, or there is no such device.
    """
    device = checked_device(device)
    model = load_model(folder, device, trust)
    missing = [name for name in NEEDED if name not in model.mods]
    if missing:
        raise ValueError(
            f"{folder} is a model without {', '.join(missing)} among its "
            f"modules, {', '.join(model.mods)}: it is none that embeds speech"
        )
    front_end = _FrontEnd(model.mods.compute_features, model.mods.mean_var_norm)
    backbone = _WithLengths(model.mods.embedding_model)
    rate = model.audio_normalizer.sample_rate
    try:
        encoder = UtteranceEncoder(
            front_end, backbone, embedding_dim=None, sample_rate=rate
        ).eval()
        with torch.no_grad():
            noise = 0.01 * torch.randn(1, rate, device=model.device)
            encoder.embedding_dim = encoder(noise).shape[-1]
    except (RuntimeError, ValueError) as error:
        raise ValueError(
            f"{folder}/{FILE} describes a network that embeds no second of "
            f"audio: {str(error).splitlines()[0]}"
        ) from error
    silence = _number(folder, model, "trim_silence_db") or 0.0
    if silence < 0:
        raise ValueError(
            f"{folder}/{FILE}: trim_silence_db is a number from 0, not {silence}"
        )
    return Model(
        encoder,
        model.device,
        rate,
        silence,
        _number(folder, model, "threshold"),
    )


def _number(folder, model, key):
    """Read a key of hyperparams.yaml that need not be there."""
    value = getattr(model.hparams, key, None)
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    if value is not None and not (plain and math.isfinite(value)):
        raise ValueError(f"{folder}/{FILE}: {key} is a number, not {value!r}")
    return value


class _FrontEnd(torch.nn.Module):
    """Features followed by their normalisation."""

    def __init__(self, compute_features, mean_var_norm):
        super().__init__()
        self.compute_features = compute_features
        self.mean_var_norm = mean_var_norm

    def forward(self, wavs):
        features = self.compute_features(wavs)
        return self.mean_var_norm(features, _all_valid(wavs))


class _WithLengths(torch.nn.Module):
    """Call an embedding model with lengths, as SpeechBrain does."""

    def __init__(self, embedding_model):
        super().__init__()
        self.embedding_model = embedding_model

    def forward(self, features):
        return self.embedding_model(features, _all_valid(features))


def _all_valid(batch):
    return torch.ones(len(batch), device=batch.device)
