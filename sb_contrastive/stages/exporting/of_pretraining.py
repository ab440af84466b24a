"""Stage `export_pretrained`: the encoder of a pretraining, which serves all folds."""

from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.experiment.provenance.told import trained_by
from sb_contrastive.experiment.schema import stages_before
from sb_contrastive.experiment.signatures import checked_by
from sb_contrastive.export import (
    Usage,
    export_encoder,
    export_verified_encoder,
)
from sb_contrastive.export.cards.start_section import start_section
from sb_contrastive.ranges import NotNegative
from sb_contrastive.rows.built_in import corpus_name
from sb_contrastive.stages.exporting.material import (
    card_results,
    described,
    mark_oracle,
    pretrained_encoder,
    run_notes,
)
from sb_contrastive.stages.pretraining import serves_each_fold_alone
from sb_contrastive.systems.folders import pretrained_weights

logger = get_logger(__name__)


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
    encoder, text = pretrained_encoder(experiment, path)
    given = (
        experiment.folder / "encoder",
        described(experiment, text),
        encoder,
    )
    told = trained_by(experiment, [start])
    usage, results = Usage(trim_silence_db), {"protocol": {}}
    if (experiment.folder / "results.json").is_file():
        results = card_results(experiment, name)
    if "scoring" in results["protocol"]:  # by trials, hence of the encoder
        folder = export_verified_encoder(
            *given, results, start, run_notes(experiment), usage=usage
        )
    else:
        corpus = corpus_name(unlabelled or manifest, data_folder)
        card = _unevaluated(experiment, start, corpus, told)
        folder = export_encoder(*given, card, usage=usage)
    mark_oracle(experiment, folder)
    logger.info(f"Exported {start} to {folder}")


def _unevaluated(experiment, start, corpus, told):
    """Write the parts of the card of an encoder that nothing was measured of."""
    versions = told["versions"].items()
    return {
        "title": f"{experiment.hparams['experiment']}: {start}",
        "note": " ".join(
            ["Not evaluated: no metrics yet.", *run_notes(experiment)]
        ),
        "data": corpus,
        "command": told["command"],
        "start": start_section(told.get("starts", [])),
        "seed": str(experiment.seed),
        "versions": ", ".join(f"{k} {v}" for k, v in versions),
    }
