"""Writes an exported folder: networks, hyperparams.yaml and README.md."""

import copy
import inspect
import shutil
from pathlib import Path

import torch
from speechbrain.dataio.encoder import CategoricalEncoder
from speechbrain.nnet.containers import LengthsCapableSequential
from speechbrain.utils.checkpoints import DEFAULT_SAVE_HOOKS, get_default_hook

from sb_contrastive.export.atomic_folder import atomic_folder
from sb_contrastive.export.cards.model_card import (
    CARD,
    card_text,
    model_card,
)
from sb_contrastive.export.checks import check_description, check_folder
from sb_contrastive.export.encoder_yaml import (
    as_text,
    encoder_nodes,
    packages,
    relative_paths,
    with_lengths,
)
from sb_contrastive.export.own_modules import own_modules

# Packages that are installed wherever SpeechBrain is
_SPEECHBRAIN = {"speechbrain", "torch", "torchaudio"}


def write_model(
    folder, encoder_yaml, encoder, card, overrides, head, rest, usage
):
    """Write an encoder, and the networks of `rest`, to a folder.

    Arguments
    ---------
    folder, encoder_yaml, encoder, card, overrides
        See `export_classifier`.
    head : str
        YAML that builds `rest`.
    rest : dict
        Empty, or a `classifier` and its `label_encoder`, by these names.
    usage : Usage
        See `export_classifier`.

    Returns
    -------
    str or pathlib.Path
        The folder.
    """
    nodes = encoder_nodes(encoder_yaml, overrides)
    outside = relative_paths(nodes.values())
    encoder = copy.deepcopy(encoder).cpu().eval()
    norm = encoder.mean_var_norm
    if norm is None:
        norm = LengthsCapableSequential(identity=torch.nn.Identity())
    modules = {
        "compute_features": encoder.compute_features,
        "mean_var_norm": norm,
        "embedding_model": encoder.backbone,
    }
    # SpeechBrain calls the backbone with (features, lengths), we with (features)
    if not _takes_two(encoder.backbone):
        modules["embedding_model"] = LengthsCapableSequential(
            backbone=encoder.backbone
        )
        nodes["embedding_model"] = with_lengths(
            "backbone", nodes["embedding_model"]
        )
    check_description(encoder_yaml, nodes, modules)
    modules.update(rest)
    saved = [
        name
        for name, module in modules.items()
        if name in ("embedding_model", *rest) or module.state_dict()
    ]
    others = sorted(packages(nodes.values()) - _SPEECHBRAIN)
    files = own_modules(others)
    readme = model_card(
        card, encoder, bool(rest), others, files, usage, outside
    )
    networks = [name for name in modules if name != "label_encoder"]
    text = _hyperparams(as_text(nodes) + head, networks, saved, usage)
    folder = Path(folder)
    with atomic_folder(folder.resolve()) as new:
        (new / "hyperparams.yaml").write_text(text, encoding="utf-8")
        (new / "README.md").write_text(readme, encoding="utf-8")
        (new / CARD).write_text(card_text(card), encoding="utf-8")
        for file in files:
            shutil.copy(file, new / file.name)
        for name in saved:
            save = get_default_hook(modules[name], DEFAULT_SAVE_HOOKS)
            if name == "label_encoder":
                save = CategoricalEncoder.save
            save(modules[name], new / f"{name}.ckpt")
        check_folder(new, encoder_yaml, encoder, rest)
    return folder


def _hyperparams(built, networks, saved, usage):
    return "".join(
        (
            "# Read by speechbrain.inference: see README.md\n\n",
            f"{usage.as_yaml()}\n\n",
            built,
            "\nmodules:\n",
            *(f"    {name}: !ref <{name}>\n" for name in networks),
            # Without paths, SpeechBrain looks for files of these names beside it
            "\npretrainer: !new:speechbrain.utils.parameter_transfer.Pretrainer",
            "\n    loadables:\n",
            *(f"        {name}: !ref <{name}>\n" for name in saved),
        )
    )


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
