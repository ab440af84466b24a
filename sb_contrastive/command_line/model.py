"""Loads the folder of any SpeechBrain model as an encoder."""

import re
import sys
from pathlib import Path

import torch

from sb_contrastive.encoders import UtteranceEncoder

NEEDED = ("compute_features", "mean_var_norm", "embedding_model")


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
        "SpeechBrain's EncoderClassifier or SpeakerRecognition loads. Its "
        "hyperparams.yaml may run any code: use models of authors that you "
        "trust",
    )
    parser.add_argument(
        "--device",
        help="device of the model, e.g. cuda:0 (default: a GPU if there is one)",
    )


def load_encoder(folder, device=None):
    """Load a folder that SpeechBrain's EncoderClassifier understands.

    Padding, lengths and the noise in SpeechBrain's statistics pooling are
    handled as in training, see `UtteranceEncoder`.

    Arguments
    ---------
    folder : str or pathlib.Path
        Folder with hyperparams.yaml and the weights that it names. It may hold
        the author's own Python modules too.
    device : str, optional
        Device of the model; when absent, a GPU if there is one.

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
        When it describes no model that embeds speech.
    """
    from speechbrain.inference.classifiers import EncoderClassifier

    folder = Path(folder).expanduser()
    text = _description(folder)
    # The module of an author's own backbone is exported beside hyperparams.yaml
    if str(folder.resolve()) not in sys.path:
        sys.path.append(str(folder.resolve()))
    # Models from a hub name their address there, but the files are local
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
