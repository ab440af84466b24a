"""Stage `export`: the classifier of a system, and the encoder that it starts from."""

from speechbrain.dataio.encoder import CategoricalEncoder
from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.device import run_device
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
)
from sb_contrastive.progress import current
from sb_contrastive.ranges import NotNegative, Positive
from sb_contrastive.stages.exporting.material import (
    card_results,
    described,
    mark_oracle,
    pretrained_encoder,
    run_notes,
)
from sb_contrastive.stages.frozen_encoder import pretrain_frames
from sb_contrastive.stages.pretraining import (
    check_pretrain_on_all,
    pretrain,
    pretrain_on_all,
    stages_of_folds,
)
from sb_contrastive.suggestions import check_choice
from sb_contrastive.systems import System
from sb_contrastive.systems.all_data import options_for_all, train_on_all
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
        card_results(experiment, name)  # no stage of this call would write it


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
    fraction, results = max(system.fractions), card_results(experiment, name)
    told = trained_by(experiment, [system.name], system.folder(fraction, fold))
    results = {**results, **told}
    step, networks = system.trained(fraction, fold)
    encoder, classifier, text = step.exported(networks, fold)
    uncut = None
    if usage.trim_silence_db and fold is not None:
        device = run_device(experiment.run_opts)
        uncut = uncut_report(system, fold, encoder, classifier, device)
    folder = export_classifier(
        experiment.folder / "model",
        described(experiment, text),
        encoder,
        classifier,
        system.classes,
        classifier_card(
            results, system.name, fold, run_notes(experiment), uncut=uncut
        ),
        usage=usage,
    )
    mark_oracle(experiment, folder)
    tested = "trained on all data" if fold is None else f"tested on fold {fold}"
    logger.info(f"Exported {system.name}, {tested}, to {folder}")
    own = system.start and not is_elsewhere(experiment, system.start)
    pretrained = own and system.start not in experiment.systems()
    if pretrained and step.starts_from_encoder:
        start = system.pretrained(fraction, fold)
        encoder, text = pretrained_encoder(experiment, start)
        folder = export_encoder(
            experiment.folder / "encoder",
            described(experiment, text),
            encoder,
            classifier_card(results, system.start, fold, run_notes(experiment)),
            usage=Usage(trim_silence_db),
        )
        mark_oracle(experiment, folder)
