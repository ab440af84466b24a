"""Stages `export` and `export_pretrained`: model folders that SpeechBrain loads."""

import json

from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.encoders.weights import encoder_weights
from sb_contrastive.experiment.provenance.told import trained_by
from sb_contrastive.export import (
    classifier_card,
    export_classifier,
    export_encoder,
    export_verified_encoder,
)
from sb_contrastive.files import write_atomically
from sb_contrastive.ranges import NotNegative
from sb_contrastive.rows.built_in import corpus_name
from sb_contrastive.systems.exported import encoder_text
from sb_contrastive.systems.folders import pretrained_weights

logger = get_logger(__name__)


@main_process_only  # barriers within it wait for nobody
def export(
    experiment,
    name,
    /,
    system: str,
    *,
    trim_silence_db: NotNegative = 0,
):
    """Export a system's classifier to `model/` and, where it starts from one, its
    pretrained encoder to `encoder/`, each with a model card.

    Cross-validation leaves one classifier per fold; the first is exported, and
    the card says which fold it has not seen.

    Arguments
    ---------
    experiment : Experiment
        A stage of it has written results.json.
    name : str
        Name of the stage.
    system : str
        The system to export.
    trim_silence_db : float
        How much silence was cut in training, for the card.
    """
    system = experiment.system(system)
    fraction = max(system.fractions)
    folds = system.finished(fraction)
    if not folds:
        raise FileNotFoundError(
            f"{experiment.folder} holds no model of {system.name} to export: "
            f"put {system.name!r} before {name!r} in `stages`"
        )
    fold, notes = folds[0], _notes(experiment, trim_silence_db)
    results = _results(experiment, name)
    told = trained_by(experiment, [system.name], system.folder(fraction, fold))
    results = {**results, **told}
    step, networks = system.trained(fraction, fold)
    encoder, classifier, text = step.exported(networks, fold)
    folder = export_classifier(
        experiment.folder / "model",
        _description(experiment, text),
        encoder,
        classifier,
        system.classes,
        classifier_card(results, system.name, fold, notes),
    )
    logger.info(f"Exported {system.name}, tested on fold {fold}, to {folder}")
    if system.start is not None and step.starts_from_encoder:
        encoder, text = _pretrained(experiment, system.pretrained(fold))
        export_encoder(
            experiment.folder / "encoder",
            _description(experiment, text),
            encoder,
            classifier_card(results, system.start, fold, notes),
        )


@main_process_only  # barriers within it wait for nobody
def export_pretrained(
    experiment,
    name,
    /,
    start: str,
    *,
    trim_silence_db: NotNegative = 0,
    unlabelled: str | list[str] | None = None,
    manifest: str | None = None,
    data_folder: str | None = None,
):
    """Export a pretrained encoder to `encoder/`, with a model card.

    Arguments
    ---------
    experiment : Experiment
        A stage of it may have written results.json; the card says what is there.
    name : str
        Name of the stage.
    start : str
        The pretraining stage.
    trim_silence_db : float
        How much silence was cut in training, for the card.
    unlabelled, manifest, data_folder : str, optional
        The corpus, for the card.
    """
    path = pretrained_weights(experiment, start, fold=None)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is not there to export: put {start!r} before {name!r} in "
            f"`stages`, and give --unlabelled so that one encoder serves all "
            f"folds"
        )
    encoder, text = _pretrained(experiment, path)
    given = (
        experiment.folder / "encoder",
        _description(experiment, text),
        encoder,
    )
    told = trained_by(experiment, [start])
    notes = _notes(experiment, trim_silence_db)
    results = {"protocol": {}}
    if (experiment.folder / "results.json").is_file():
        results = _results(experiment, name)
    if "scoring" in results["protocol"]:  # by trials, hence of the encoder
        folder = export_verified_encoder(*given, results, start, notes)
    else:
        card = {
            "title": f"{experiment.hparams['experiment']}: {start}",
            "note": " ".join(["Not evaluated: no metrics yet.", *notes]),
            "data": corpus_name(unlabelled or manifest, data_folder),
            "command": told["command"],
            "seed": str(experiment.seed),
            "versions": ", ".join(
                f"{k} {v}" for k, v in told["versions"].items()
            ),
        }
        folder = export_encoder(*given, card)
    logger.info(f"Exported {start} to {folder}")


def _pretrained(experiment, path):
    """Build the encoder with the weights of a file, and describe it."""
    encoder = experiment.build("encoder")["encoder"]
    with encoder_weights(path) as state:
        encoder.load_state_dict(state)
    return encoder.eval(), encoder_text(experiment)


def _description(experiment, text):
    """Leave the YAML of an encoder in the output folder, for the export to read."""
    experiment.write_resolved()
    path = experiment.folder / "exported_encoder.yaml"
    write_atomically(path, lambda p: p.write_text(text, encoding="utf-8"))
    return path


def _results(experiment, name):
    path = experiment.folder / "results.json"
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is not there for the model card: put the stage that "
            f"writes it before {name!r} in `stages`"
        )
    return json.loads(path.read_text(encoding="utf-8"))


def _notes(experiment, trim_silence_db):
    notes = []
    if experiment.debug:
        notes.append("DEBUG RUN, trained on a few batches.")
    if trim_silence_db:
        notes.append(
            "Cut the silence before and after the speech, as in training."
        )
    return notes
