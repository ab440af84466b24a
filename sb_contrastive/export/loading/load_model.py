"""Loads the folder of an exported model, or of another model of SpeechBrain's."""

import re
import sys
from pathlib import Path

from hyperpyyaml import load_hyperpyyaml
from speechbrain.dataio.preprocess import AudioNormalizer
from speechbrain.utils.parameter_transfer import Pretrainer
from torch.nn import Module

from sb_contrastive.export.loading.tags import compose, refuse_unknown_tags
from sb_contrastive.export.loading.weights import load_model_weights
from sb_contrastive.models import known_models

FILE = "hyperparams.yaml"


def load_model(folder, device=None, trust=False):
    """Load a folder as `speechbrain.inference.classifiers.EncoderClassifier`
    does, with every weight of it, or not at all.

    A model folder is code: its hyperparams.yaml says what is built. Unless its
    author is trusted, it may build parts of known packages only, see
    `refuse_unknown_tags`.

    Arguments
    ---------
    folder : str or pathlib.Path
        Folder with hyperparams.yaml and the weights that it names. It may hold
        the author's own Python modules too.
    device : str, optional
        Device of the model; when absent, a GPU if there is one.
    trust : bool
        Whether hyperparams.yaml may name any code, also modules in the folder.

    Returns
    -------
    speechbrain.inference.classifiers.EncoderClassifier

    Raises
    ------
    FileNotFoundError
        When hyperparams.yaml or weights are missing.
    ValueError
        When a file is damaged, describes no model, or names code that is not
        trusted.

    Example
    -------
    >>> load_model("no/model")
    Traceback (most recent call last):
    ...
    FileNotFoundError: there is no model in no/model, since it has no ...
    """
    from speechbrain.inference.classifiers import EncoderClassifier

    folder = Path(folder).expanduser()
    path = folder / FILE
    text = _description(folder)
    root = compose(path, text)
    if not trust:
        refuse_unknown_tags(path, root)
    # The module of an author's own backbone is exported beside hyperparams.yaml
    elif str(folder.resolve()) not in sys.path:
        sys.path.append(str(folder.resolve()))
    # Models from a hub name their address there, but the files are local
    named = re.search(r"^pretrained_path:", text, re.MULTILINE)
    overrides = {"pretrained_path": str(folder)} if named else {}
    try:
        values = load_hyperpyyaml(text, overrides)
    except Exception as error:  # of any class that the description names
        raise ValueError(
            f"{path} cannot be built: {_sentence(error)}: is a package "
            f"missing that its README.md names, or was the file changed?"
        ) from error
    _check_kinds(path, values)
    load_model_weights(values["pretrainer"], folder)
    return EncoderClassifier(
        modules=values["modules"],
        hparams=values,
        run_opts={"device": device} if device else {},
    )


def _check_kinds(path, values):
    """Refuse values of another kind than SpeechBrain's inference expects."""
    normalizer = values.get("audio_normalizer", AudioNormalizer())
    kinds = {
        "modules": isinstance(values["modules"], dict)
        and all(isinstance(m, Module) for m in values["modules"].values()),
        "pretrainer": isinstance(values["pretrainer"], Pretrainer),
        "audio_normalizer": isinstance(normalizer, AudioNormalizer),
    }
    for key, right in kinds.items():
        if not right:
            raise ValueError(
                f"{path}: the value of {key} is not of the kind that "
                f"SpeechBrain's EncoderClassifier takes: export or download the "
                f"model again"
            )


def _sentence(error):
    """Return the line of an error that says what is wrong."""
    mark = getattr(error, "problem_mark", None)
    if mark is not None:  # of YAML
        return f"line {mark.line + 1}: {error.problem}"
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[-1 if lines[0].startswith("Invalid argument") else 0][:200]


def _description(folder):
    path = folder / FILE
    inside = [p.parent for p in folder.glob("*/embedding_model.ckpt")]
    if not path.is_file() and inside:
        found = " and ".join(str(p) for p in sorted(inside))
        raise FileNotFoundError(
            f"{folder} is the folder of an experiment: its models are {found}"
        )
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no model in {folder}, since it has no {FILE}: "
            f"give a folder that an experiment exported (`model` or `encoder` "
            f"in its output folder), one that SpeechBrain loads, or the name of "
            f"a model that comes with the package ({', '.join(known_models())})"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8: {error}") from error
    for key in ("modules", "pretrainer"):
        if not re.search(rf"^{key}:", text, re.MULTILINE):
            raise ValueError(
                f"{path} has no {key!r}: it describes a training, not a model; "
                f"give the folder that was exported from it"
            )
    return text
