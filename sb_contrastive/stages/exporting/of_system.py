"""Stages `export` and `export_pretrained`: model folders that SpeechBrain loads."""

import json

from speechbrain.dataio.encoder import CategoricalEncoder
from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.oracle_notice import NOTE as ORACLE_NOTE
from sb_contrastive.data.oracle_notice import is_oracle, leave_oracle_notice
from sb_contrastive.encoders.weights import load_weights
from sb_contrastive.evaluation.corpus_note import DEBUG_NOTE
from sb_contrastive.experiment.provenance.told import (
    is_elsewhere,
    trained_by,
)
from sb_contrastive.experiment.schema import stages_before
from sb_contrastive.experiment.signatures import checked_by
from sb_contrastive.export import (
    Usage,
    classifier_card,
    export_classifier,
    export_encoder,
    export_verified_encoder,
)
from sb_contrastive.export.cards.start_section import start_section
from sb_contrastive.files import write_atomically
from sb_contrastive.progress import current
from sb_contrastive.ranges import NotNegative, Positive
from sb_contrastive.rows.built_in import corpus_name
from sb_contrastive.stages.frozen_encoder import pretrain_frames
from sb_contrastive.stages.pretraining import (
    check_pretrain_on_all,
    pretrain,
    pretrain_on_all,
    serves_each_fold_alone,
    stages_of_folds,
)
from sb_contrastive.suggestions import check_choice
from sb_contrastive.systems import System
from sb_contrastive.systems.all_data import options_for_all, train_on_all
from sb_contrastive.systems.exported import encoder_text
from sb_contrastive.systems.folders import pretrained_weights
from sb_contrastive.systems.uncut import uncut_report

logger = get_logger(__name__)


TRAINED_ON = ("first_fold", "all")


def check_export(
    experiment,
    name,
    /,
    system: str,
    trained_on: str = "first_fold",
    *,
    stages: list[str],
):
    """Refuse an export that would fail after all training.

    Arguments
    ---------
    experiment, name, system, trained_on
        See `export`.
    stages : list of str
        The stages of this call.
    """
    check_choice("trained_on", trained_on, TRAINED_ON)
    before = stages_before(stages, name)
    exported = experiment.system(system)
    if system not in before and not exported.finished(max(exported.fractions)):
        raise FileNotFoundError(_no_model(experiment, name, system))
    exported.check_exported()
    for label in exported.classes:
        if CategoricalEncoder.VALUE_SEPARATOR in label or "\n" in label:
            raise ValueError(
                f"SpeechBrain cannot store the class {label!r} in the model "
                f"that stage {name!r} exports: rename it in the manifest, "
                f"without {CategoricalEncoder.VALUE_SEPARATOR!r} and line breaks"
            )
    if trained_on == "all":
        _check_all(experiment, name, exported, before)
    trains = (System, pretrain, pretrain_frames)
    if all(experiment.blueprint(stage).target in trains for stage in before):
        _results(experiment, name)  # no stage of this call would write it


def _check_all(experiment, name, system, before):
    """Refuse a training on all data that could not begin."""
    experiment.settings.check([system.name])
    start = system.start
    if start in experiment.systems():
        _check_all(experiment, name, experiment.system(start), before)
        start = None
    alone = stages_of_folds(experiment, start)
    check_pretrain_on_all(experiment, name, alone)
    if start and not alone and start not in before:
        system.pretrained(max(system.fractions), None)
    for step in system.steps:
        options = options_for_all(system, step)
        steps = options.get("least_steps")
        if steps and current().running:
            experiment.expect(name, step.key, 1, steps)


def _no_model(experiment, name, system):
    return (
        f"{experiment.folder} holds no model of {system} to export: put "
        f"{system!r} before {name!r} in `stages`"
    )


@checked_by(check_export)
def export(
    experiment,
    name,
    /,
    system: str,
    trained_on: str = "first_fold",
    *,
    trim_silence_db: NotNegative = 0,
    recordings: str | None = None,
    pause_db: Positive = 30,
):
    """Export a system's classifier to `model/` and, where a stage of the experiment
    has pretrained one, the encoder that it starts from to `encoder/`, each with a
    model card.

    Cross-validation leaves one classifier per fold; the first is exported, and
    the card says which fold it has not seen. Or a final one is trained on the
    data of all folds: the card then gives the result of cross-validation as the
    estimate, for nothing is left to test it on.

    Arguments
    ---------
    experiment : Experiment
        A stage of it has written results.json.
    name : str
        Name of the stage.
    system : str
        The system to export.
    trained_on : str
        "first_fold": all data but the first fold, on which the model was tested;
        "all": the data of all folds, see `train_on_all`.
    trim_silence_db : float
        How silence was cut in training, for users of the model.
    recordings, pause_db
        See `labelled_rows`: the pauses of recordings were cut otherwise.
    """
    system = experiment.system(system)
    folds = system.finished(max(system.fractions))
    if not folds:
        raise FileNotFoundError(_no_model(experiment, name, system.name))
    fold = folds[0]
    if trained_on == "all":
        fold = None
        pretrain_on_all(experiment, stages_of_folds(experiment, system.start))
        experiment.settings.begin(system.name)
        train_on_all(system)
        experiment.settings.begin(name)
    usage = Usage(trim_silence_db)
    if recordings:
        usage = Usage(pause_db if recordings == "speech" else 0)
    _write(experiment, name, system, fold, usage, trim_silence_db)


@main_process_only  # barriers within it wait for nobody
def _write(experiment, name, system, fold, usage, trim_silence_db):
    """Write the folders `model` and, where there is one of its own, `encoder`."""
    fraction, results = max(system.fractions), _results(experiment, name)
    told = trained_by(experiment, [system.name], system.folder(fraction, fold))
    results = {**results, **told}
    step, networks = system.trained(fraction, fold)
    encoder, classifier, text = step.exported(networks, fold)
    uncut = None
    if usage.trim_silence_db and fold is not None:
        device = (experiment.run_opts or {}).get("device", "cpu")
        uncut = uncut_report(system, fold, encoder, classifier, device)
    folder = export_classifier(
        experiment.folder / "model",
        _description(experiment, text),
        encoder,
        classifier,
        system.classes,
        classifier_card(
            results, system.name, fold, _run_notes(experiment), uncut=uncut
        ),
        usage=usage,
    )
    _mark(experiment, folder)
    tested = "trained on all data" if fold is None else f"tested on fold {fold}"
    logger.info(f"Exported {system.name}, {tested}, to {folder}")
    own = system.start and not is_elsewhere(experiment, system.start)
    pretrained = own and system.start not in experiment.systems()
    if pretrained and step.starts_from_encoder:
        start = system.pretrained(fraction, fold)
        encoder, text = _pretrained(experiment, start)
        folder = export_encoder(
            experiment.folder / "encoder",
            _description(experiment, text),
            encoder,
            classifier_card(
                results, system.start, fold, _run_notes(experiment)
            ),
            usage=Usage(trim_silence_db),
        )
        _mark(experiment, folder)


def check_export_pretrained(
    experiment, name, /, start: str, *, stages: list[str]
):
    """Refuse an export of an encoder that will not be there.

    Arguments
    ---------
    experiment, name, start
        See `export_pretrained`.
    stages : list of str
        The stages of this call.
    """
    if start not in stages_before(stages, name):
        pretrained_weights(experiment, start, fold=None)
    elif serves_each_fold_alone(experiment, start):
        raise ValueError(
            f"{start} makes an encoder for each test fold, and {name!r} exports "
            f"one for all: give --unlabelled, or leave {name!r} out of --stages"
        )


@checked_by(check_export_pretrained)
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
        How silence was cut in training, for users of the model.
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
    usage, results = Usage(trim_silence_db), {"protocol": {}}
    if (experiment.folder / "results.json").is_file():
        results = _results(experiment, name)
    if "scoring" in results["protocol"]:  # by trials, hence of the encoder
        folder = export_verified_encoder(
            *given, results, start, _run_notes(experiment), usage=usage
        )
    else:
        card = {
            "title": f"{experiment.hparams['experiment']}: {start}",
            "note": " ".join(
                ["Not evaluated: no metrics yet.", *_run_notes(experiment)]
            ),
            "data": corpus_name(unlabelled or manifest, data_folder),
            "command": told["command"],
            "start": start_section(told.get("starts", [])),
            "seed": str(experiment.seed),
            "versions": ", ".join(
                f"{k} {v}" for k, v in told["versions"].items()
            ),
        }
        folder = export_encoder(*given, card, usage=usage)
    _mark(experiment, folder)
    logger.info(f"Exported {start} to {folder}")


def _pretrained(experiment, path):
    """Build the encoder with the weights of a file, and describe it."""
    encoder = experiment.build("encoder")["encoder"]
    load_weights(encoder, path)
    return encoder.eval(), encoder_text(experiment)


def _description(experiment, text):
    """Leave the YAML of an encoder in the output folder, for the export to read."""
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


def _mark(experiment, folder):
    """Tell whoever trains on from a model that it is an oracle's."""
    if is_oracle(experiment.folder):
        leave_oracle_notice(folder)


def _run_notes(experiment):
    """Return what a card says of a debug run and of an oracle, nothing of a real
    one."""
    oracle = is_oracle(experiment.folder)
    return [DEBUG_NOTE] * experiment.debug + [ORACLE_NOTE] * oracle
