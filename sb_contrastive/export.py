"""Writes trained networks as folders that SpeechBrain's inference classes load."""

import contextlib
import copy
import inspect
import os
import shutil
from pathlib import Path

import torch
from hyperpyyaml import load_hyperpyyaml
from speechbrain.dataio.encoder import CategoricalEncoder
from speechbrain.nnet.containers import LengthsCapableSequential, Sequential
from speechbrain.utils.checkpoints import DEFAULT_SAVE_HOOKS, get_default_hook

from sb_contrastive.encoder_yaml import (
    as_text,
    encoder_nodes,
    packages,
    with_lengths,
)
from sb_contrastive.model_card import model_card

# Installed wherever SpeechBrain is
_SPEECHBRAIN = {"speechbrain", "torch", "torchaudio"}

_HEAD = """
classifier: !new:speechbrain.nnet.containers.Sequential
    linear: !new:torch.nn.Linear
        in_features: {inputs}
        out_features: {classes}
        bias: {bias}
    log_softmax: !new:torch.nn.LogSoftmax
        dim: -1

label_encoder: !new:speechbrain.dataio.encoder.CategoricalEncoder
__expect_len: !apply:speechbrain.dataio.encoder.CategoricalEncoder.expect_len
    - !ref <label_encoder>
    - {classes}
"""


def export_classifier(
    folder, encoder_yaml, encoder, classifier, classes, card, overrides=""
):
    """Writes an encoder with its classifier: what
    `speechbrain.inference.classifiers.EncoderClassifier` loads.

    The folder works wherever it is moved, without network, and without this
    package where the encoder's parts are SpeechBrain's. It is written whole or
    not at all, and loaded once as a check. Call it on the main process only.

    Arguments
    ---------
    folder : str or pathlib.Path
        Where to write; an older export there is replaced.
    encoder_yaml : str or pathlib.Path
        The YAML that describes the encoder (hparams/models/ecapa.yaml), or
        that of an experiment, whose value `encoder` is then meant.
    encoder : UtteranceEncoder
        The trained encoder; left as it is.
    classifier : torch.nn.Linear
        [B, D] -> logits [B, C].
    classes : list of str
        Names of the C classes, in the order of the logits.
    card : dict
        What README.md says, text by section: see `model_card`.
    overrides : str
        YAML that replaces values of `encoder_yaml`, as for `Experiment`.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    ValueError
        When `encoder_yaml` describes another encoder, the classifier does not
        fit, or `folder` holds something else.

    Example
    -------
    >>> from hyperpyyaml import load_hyperpyyaml
    >>> yaml = getfixture("tmp_path") / "encoder.yaml"
    >>> _ = yaml.write_text('''!new:sb_contrastive.encoders.UtteranceEncoder
    ... embedding_dim: 8
    ... compute_features: !new:speechbrain.lobes.features.Fbank
    ... backbone: !new:speechbrain.lobes.models.Xvector.Xvector
    ...     in_channels: 40
    ...     lin_neurons: !ref <embedding_dim>
    ...     tdnn_channels: [8, 8, 8, 8, 16]
    ... ''')
    >>> encoder = load_hyperpyyaml(f"encoder: !include:{yaml}")["encoder"]
    >>> folder = export_classifier(
    ...     yaml.parent / "model", yaml, encoder, torch.nn.Linear(8, 2),
    ...     ["happy", "sad"], {"title": "Two emotions"},
    ... )
    >>> from speechbrain.inference.classifiers import EncoderClassifier
    >>> model = EncoderClassifier.from_hparams(source=folder)
    >>> log_posteriors, *_ = model.classify_batch(torch.randn(3, 8000))
    >>> log_posteriors.shape
    torch.Size([3, 2])
    """
    classes = list(classes)
    if not isinstance(classifier, torch.nn.Linear):
        raise ValueError(
            f"the classifier to export is a torch.nn.Linear, got "
            f"{type(classifier).__name__}"
        )
    given = (classifier.in_features, classifier.out_features)
    if given != (encoder.embedding_dim, len(classes)) or len(
        set(classes)
    ) < len(classes):
        raise ValueError(
            f"a classifier of {given[0]} inputs and {given[1]} outputs does "
            f"not fit embeddings of {encoder.embedding_dim} dimensions and "
            f"the classes {', '.join(map(str, classes))}, each named once"
        )
    labels = CategoricalEncoder()
    labels.update_from_iterable(classes)
    head = _HEAD.format(
        inputs=given[0], classes=given[1], bias=classifier.bias is not None
    )
    # Log-softmax has no parameters: in the YAML it only makes scores posteriors
    rest = {
        "classifier": Sequential(linear=copy.deepcopy(classifier).cpu()),
        "label_encoder": labels,
    }
    return _export(folder, encoder_yaml, encoder, card, overrides, head, rest)


def export_encoder(folder, encoder_yaml, encoder, card, overrides=""):
    """Writes an encoder alone: what `EncoderClassifier.encode_batch` and
    `speechbrain.inference.speaker.SpeakerRecognition` load.

    Arguments
    ---------
    folder : str or pathlib.Path
        Where to write; an older export there is replaced.
    encoder_yaml : str or pathlib.Path
        As for `export_classifier`.
    encoder : UtteranceEncoder
        The trained encoder; left as it is.
    card : dict
        What README.md says, text by section: see `model_card`.
    overrides : str
        As for `export_classifier`.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    ValueError
        When `encoder_yaml` describes another encoder or `folder` holds
        something else.

    Example
    -------
    >>> export_encoder(
    ...     "results/model", "hparams/models/ecapa.yaml", encoder,
    ...     {"title": "DINO, ECAPA-TDNN"},
    ... )  # doctest: +SKIP
    PosixPath('results/model')
    """
    return _export(folder, encoder_yaml, encoder, card, overrides, "", {})


def _export(folder, encoder_yaml, encoder, card, overrides, head, rest):
    nodes = encoder_nodes(encoder_yaml, overrides)
    encoder = copy.deepcopy(encoder).cpu().eval()
    norm = encoder.mean_var_norm
    if norm is None:
        norm = LengthsCapableSequential(identity=torch.nn.Identity())
    modules = {
        "compute_features": encoder.compute_features,
        "mean_var_norm": norm,
        "embedding_model": encoder.backbone,
    }
    # SpeechBrain calls it with (features, lengths), we with (features)
    if not _takes_two(encoder.backbone):
        modules["embedding_model"] = LengthsCapableSequential(
            backbone=encoder.backbone
        )
        nodes["embedding_model"] = with_lengths(
            "backbone", nodes["embedding_model"]
        )
    _check_description(encoder_yaml, nodes, modules)
    modules.update(rest)
    # Normalisation over a corpus keeps its statistics out of state_dict
    saved = [
        name
        for name, module in modules.items()
        if name in ("embedding_model", *rest)
        or module.state_dict()
        or getattr(module, "count", 0)
    ]
    others = sorted(packages(nodes.values()) - _SPEECHBRAIN)
    readme = model_card(card, encoder, classifies=bool(rest), packages=others)
    networks = [name for name in modules if name != "label_encoder"]
    text = "".join(
        (
            "# Read by speechbrain.inference: see README.md\n\n",
            as_text(nodes),
            head,
            "\nmodules:\n",
            *(f"    {name}: !ref <{name}>\n" for name in networks),
            # Without paths, files are sought beside this one, by name
            "\npretrainer: !new:speechbrain.utils.parameter_transfer.Pretrainer",
            "\n    loadables:\n",
            *(f"        {name}: !ref <{name}>\n" for name in saved),
        )
    )
    folder = Path(folder)
    with _whole_folder(folder.resolve()) as new:
        (new / "hyperparams.yaml").write_text(text, encoding="utf-8")
        (new / "README.md").write_text(readme, encoding="utf-8")
        for name in saved:
            save = get_default_hook(modules[name], DEFAULT_SAVE_HOOKS)
            if name == "label_encoder":
                save = CategoricalEncoder.save
            save(modules[name], new / f"{name}.ckpt")
        _check_folder(new, encoder_yaml, encoder, rest)
    return folder


def _check_description(encoder_yaml, nodes, modules):
    """Compares names and shapes of the parameters: SpeechBrain only warns."""
    # Building draws random weights: keep that from a training in progress
    with torch.random.fork_rng(devices=[]):
        built = load_hyperpyyaml(as_text(nodes))
    for part, module in modules.items():
        here, there = (
            {key: list(x.shape) for key, x in m.state_dict().items()}
            for m in (module, built[part])
        )
        for key in sorted(here.keys() | there.keys()):
            if here.get(key) != there.get(key):
                raise ValueError(
                    f"{encoder_yaml} describes another encoder: the shape of "
                    f"{part}'s {key} is {there.get(key, 'missing')} there and "
                    f"{here.get(key, 'missing')} in the encoder to export"
                )


def _check_folder(folder, encoder_yaml, encoder, rest):
    """Loads what was written and embeds a second of noise, as a user would."""
    from speechbrain.inference.classifiers import EncoderClassifier

    noise = torch.randn(1, 16000, generator=torch.Generator().manual_seed(0))
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        model = EncoderClassifier.from_hparams(
            source=str(folder), run_opts={"device": "cpu"}
        )
        loaded = model.encode_batch(0.1 * noise).flatten()
        expected = encoder(0.1 * noise).flatten()
    error = (loaded - expected).norm() / expected.norm()
    # SpeechBrain's own statistics pooling adds noise far below this
    if not error < 0.01:
        raise ValueError(
            f"{encoder_yaml} describes another encoder: SpeechBrain's "
            f"embeddings differ from those to export by {error:.0%}"
        )
    if rest and model.hparams.label_encoder.lab2ind != (
        rest["label_encoder"].lab2ind
    ):
        raise ValueError(
            f"SpeechBrain cannot store the classes "
            f"{', '.join(map(str, rest['label_encoder'].lab2ind))}: leave out "
            f"{CategoricalEncoder.VALUE_SEPARATOR!r} and line breaks"
        )


@contextlib.contextmanager
def _whole_folder(folder):
    """Gives a new folder to fill, which takes the place of `folder` at the end."""
    empty = folder.is_dir() and not any(folder.iterdir())
    if folder.exists() and not empty:
        # Experiments leave a hyperparams.yaml too, among all their results
        if not (folder / "embedding_model.ckpt").is_file():
            raise ValueError(
                f"{folder} holds something that is no exported model: name "
                f"another folder, or remove it"
            )
    new, old = (
        folder.with_name(f".{folder.name}.{os.getpid()}.{kind}")
        for kind in ("new", "old")
    )
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    try:
        yield new
        if folder.exists():
            os.replace(folder, old)
        os.replace(new, folder)
    finally:
        if old.exists() and not folder.exists():
            os.replace(old, folder)
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)


def _takes_two(module):
    kinds = [
        p.kind for p in inspect.signature(module.forward).parameters.values()
    ]
    several = inspect.Parameter.VAR_POSITIONAL in kinds
    positional = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    return several or sum(kind in positional for kind in kinds) > 1
