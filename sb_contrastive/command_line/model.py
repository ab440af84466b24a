"""Loads a model folder as an encoder, whoever made it."""

import re
import sys
from pathlib import Path

import torch

from sb_contrastive.encoders import UtteranceEncoder

NEEDED = ("compute_features", "mean_var_norm", "embedding_model")


def add_model_arguments(parser):
    """Add what every command that uses a model takes.

    Arguments
    ---------
    parser : argparse.ArgumentParser
        Of the command.
    """
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="folder of an exported model, or of any that SpeechBrain's "
        "EncoderClassifier or SpeakerRecognition loads; its hyperparams.yaml "
        "may run any code, so trust its author",
    )
    parser.add_argument("--device", help="e.g. cuda:0; a GPU when there is one")


def load_encoder(folder, device=None):
    """Load a folder that SpeechBrain's EncoderClassifier understands.

    Padding, lengths and the noise in SpeechBrain's statistics pooling are dealt
    with as in training: see `UtteranceEncoder`.

    Arguments
    ---------
    folder : str or pathlib.Path
        With hyperparams.yaml and the weights it names. Modules of one's own may
        lie beside it.
    device : str, optional
        Where to put the model; a GPU when there is one.

    Returns
    -------
    tuple
        The encoder, in evaluation mode, its device (str), and the sample rate
        it expects (int, Hz).

    Raises
    ------
    FileNotFoundError
        When the folder holds no hyperparams.yaml.
    ValueError
        When it describes something else.
    """
    from speechbrain.inference.classifiers import EncoderClassifier

    folder = Path(folder).expanduser()
    text = _description(folder)
    # A backbone of one's own is exported beside hyperparams.yaml
    if str(folder.resolve()) not in sys.path:
        sys.path.append(str(folder.resolve()))
    # Models on a hub name themselves there: their files are here
    named = re.search(r"^pretrained_path:", text, re.MULTILINE)
    model = EncoderClassifier.from_hparams(
        source=str(folder),
        overrides={"pretrained_path": str(folder)} if named else {},
        run_opts={"device": device} if device else {},
    )
    missing = [name for name in NEEDED if name not in model.mods]
    if missing:
        raise ValueError(
            f"{folder} is a model without {', '.join(missing)} among its "
            f"modules, {', '.join(model.mods)}: it is none that embeds speech"
        )
    front_end = _FrontEnd(model.mods.compute_features, model.mods.mean_var_norm)
    backbone = _WithLengths(model.mods.embedding_model)
    encoder = UtteranceEncoder(front_end, backbone, embedding_dim=None)
    rate = model.audio_normalizer.sample_rate
    with torch.no_grad():
        noise = 0.01 * torch.randn(1, rate, device=model.device)
        encoder.embedding_dim = encoder.eval()(noise).shape[-1]
    return encoder, model.device, rate


class _FrontEnd(torch.nn.Module):
    """Features and their normalisation, whatever statistics it keeps."""

    def __init__(self, compute_features, mean_var_norm):
        super().__init__()
        self.compute_features = compute_features
        self.mean_var_norm = mean_var_norm

    def forward(self, wavs):
        features = self.compute_features(wavs)
        return self.mean_var_norm(features, _whole(wavs))


class _WithLengths(torch.nn.Module):
    """SpeechBrain gives every embedding model the lengths."""

    def __init__(self, embedding_model):
        super().__init__()
        self.embedding_model = embedding_model

    def forward(self, features):
        return self.embedding_model(features, _whole(features))


def _whole(batch):
    return torch.ones(len(batch), device=batch.device)


def _description(folder):
    path = folder / "hyperparams.yaml"
    inside = [p.parent for p in folder.glob("*/embedding_model.ckpt")]
    if not path.is_file() and inside:
        found = " and ".join(str(p) for p in sorted(inside))
        raise FileNotFoundError(
            f"{folder} is the folder of an experiment: its models are {found}"
        )
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no model in {folder}, since it has no hyperparams.yaml: "
            f"give a folder that an experiment exported (`model` or `encoder` "
            f"in its output folder) or one that SpeechBrain loads"
        )
    text = path.read_text(encoding="utf-8")
    for key in ("modules", "pretrainer"):
        if not re.search(rf"^{key}:", text, re.MULTILINE):
            raise ValueError(
                f"{path} has no {key!r}: it describes a training, not a model; "
                f"give the folder that was exported from it"
            )
    return text
