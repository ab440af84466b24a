"""Stage `export`: leaves a model folder that SpeechBrain loads."""

import json
import shlex
import sys

import torch
from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation.package_versions import versions
from sb_contrastive.export import (
    classifier_card,
    export_classifier,
    export_encoder,
    export_verified_encoder,
)
from sb_contrastive.stages.classifier_step import ClassifierStep
from sb_contrastive.stages.corpus import (
    SYNTHETIC,
    experiment_classes,
    labelled_rows,
)
from sb_contrastive.stages.folders import (
    chosen_folds,
    fractions,
    pretrained_weights,
    system_folder,
)
from sb_contrastive.weights_file import weights_from

logger = get_logger(__name__)


@main_process_only  # barriers within it wait for nobody
def export(experiment, name, system, start, steps):
    """Exports a system's classifier to `model/` and its pretrained encoder to
    `encoder/`, each with a model card.

    Cross-validation leaves one classifier per fold; the first is exported, and
    the card says which fold it has not seen.

    Arguments
    ---------
    experiment : Experiment
        Its stage `report` has written results.json.
    name : str
        Name of the stage.
    system : str
        The system to export.
    start : str or None
        Its pretraining stage, None if it has none.
    steps : list of str
        Its training steps.
    """
    rows = labelled_rows(experiment)
    hparams = experiment.load()
    classes = experiment_classes(hparams, rows)
    fold = chosen_folds(hparams, rows)[0]
    fraction = max(fractions(hparams))
    weights = (
        system_folder(experiment, system, fraction)
        / f"fold_{fold}"
        / steps[-1]
        / "model.ckpt"
    )
    if not weights.is_file():
        raise FileNotFoundError(
            f"{weights} is not there to export: put {system!r} before {name!r} "
            f"in `stages`"
        )
    last = ClassifierStep(experiment, steps[-1], weights.parent, classes)
    modules = torch.nn.ModuleDict(last.modules())
    with weights_from(weights) as state:
        modules.load_state_dict(state)
    encoder, classifier = modules["encoder"], modules["classifier"]
    if "projector" in modules:
        classifier = torch.nn.Sequential(modules["projector"], classifier)
    source = experiment.write_resolved()
    folder = export_classifier(
        experiment.folder / "model",
        source,
        encoder.eval(),
        classifier,
        classes,
        _card(experiment, system, fold),
    )
    logger.info(f"Exported {system}, tested on fold {fold}, to {folder}")
    if start is not None:
        path = pretrained_weights(experiment, start, fold)
        with weights_from(path) as state:
            encoder.load_state_dict(state)
        export_encoder(
            experiment.folder / "encoder",
            source,
            encoder.eval(),
            _card(experiment, start, fold),
        )


@main_process_only  # barriers within it wait for nobody
def export_pretrained(experiment, name, start):
    """Exports a pretrained encoder to `encoder/`, with a model card.

    Arguments
    ---------
    experiment : Experiment
        A stage of it may have written results.json; the card says what is there.
    name : str
        Name of the stage.
    start : str
        The pretraining stage.
    """
    hparams = experiment.load()
    encoder = hparams["encoder"]
    path = pretrained_weights(experiment, start, fold=None)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is not there to export: put {start!r} before {name!r} in "
            f"`stages`, and give --unlabelled so that one encoder serves all "
            f"folds"
        )
    with weights_from(path) as state:
        encoder.load_state_dict(state)
    given = (
        experiment.folder / "encoder",
        experiment.write_resolved(),
        encoder.eval(),
    )
    results = {"protocol": {}}
    if (experiment.folder / "results.json").is_file():
        results = _results(experiment, name)
    if "scoring" in results["protocol"]:  # by trials, hence of the encoder
        folder = export_verified_encoder(
            *given, results, start, _notes(experiment)
        )
    else:
        folder = export_encoder(*given, _unjudged(experiment, hparams, start))
    logger.info(f"Exported {start} to {folder}")


def _unjudged(experiment, hparams, start):
    """The card of an encoder that nothing has judged yet."""
    corpora = (
        hparams.get(k) for k in ("unlabelled", "manifest", "data_folder")
    )
    return {
        "title": f"{hparams['experiment']}: {start}",
        "note": " ".join(
            ["Not evaluated: no metrics yet.", *_notes(experiment)]
        ),
        "data": str(next(filter(None, corpora), SYNTHETIC)),
        "command": shlex.join(["python", *sys.argv]),
        "seed": str(hparams["seed"]),
        "versions": ", ".join(f"{k} {v}" for k, v in versions().items()),
    }


def _results(experiment, name):
    path = experiment.folder / "results.json"
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is not there for the model card: put the stage that "
            f"writes it before {name!r} in `stages`"
        )
    return json.loads(path.read_text(encoding="utf-8"))


def _notes(experiment):
    if experiment.hparams["trim_silence_db"]:
        return ["Cut the silence before and after the speech, as in training."]
    return []


def _card(experiment, system, fold):
    results = _results(experiment, "export")
    return classifier_card(results, system, fold, _notes(experiment))
