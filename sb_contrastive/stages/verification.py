"""Stage `verify`: scores trial lists with one or more encoders and reports EER and minDCF."""

import json
from functools import partial

from speechbrain.utils.distributed import main_process_only
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.channel_notice import has_simulated_channels
from sb_contrastive.data.oracle_notice import is_oracle
from sb_contrastive.device import run_device
from sb_contrastive.distributed import gather_objects, world_size
from sb_contrastive.encoders.weights import load_weights
from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.corpus_note import protocol_note
from sb_contrastive.evaluation.verification.scores.shared_embedding import (
    SharedEmbedding,
    look_up_shared,
)
from sb_contrastive.evaluation.verification.scores.trial_scores import (
    choose_cohort,
    complete_options,
)
from sb_contrastive.evaluation.verification.segments import parse_segments
from sb_contrastive.evaluation.verification.verify_encoders import (
    COSINE,
    kept_scores,
    titled_scorings,
    verify_encoders,
)
from sb_contrastive.experiment.provenance.told import (
    is_elsewhere,
    trained_by,
)
from sb_contrastive.experiment.schema import stages_before
from sb_contrastive.experiment.signatures import checked_by
from sb_contrastive.rows.built_in import SYNTHETIC, corpus_name
from sb_contrastive.rows.speakers import training_rows, trial_sets
from sb_contrastive.stages.pretraining.selection import SELECTED
from sb_contrastive.systems.folders import pretrained_weights
from sb_contrastive.systems.probing import VectorEncoder

logger = get_logger(__name__)


def check_verify(
    experiment,
    name,
    /,
    systems: dict,
    scorings: dict | None = None,
    trials=trial_sets,
    rows=training_rows,
    *,
    stages: list[str],
):
    """Prepare the trials, whose mistakes are told before anything is trained,
    and refuse encoders and ways to score that are not there.

    Arguments
    ---------
    experiment, name, systems, scorings, trials, rows
        See `verify`.
    stages : list of str
        The stages of this call.
    """
    before = stages_before(stages, name)
    for stage in systems.values():
        if callable(stage):
            experiment.call(stage, None, True)
        elif stage is not None and stage not in before:
            weights = pretrained_weights(experiment, stage, fold=None)
            load_weights(experiment.build("encoder")["encoder"], weights)
    for title, options in _wanted(scorings).items():
        parse_segments(complete_options(title, options)["segments"])
    experiment.once(trials)
    experiment.once(rows)


@checked_by(check_verify)
def verify(
    experiment,
    name,
    /,
    systems: dict,
    scorings: dict | None = None,
    rows=training_rows,
    trials=trial_sets,
    *,
    manifest: str | None = None,
    data_folder: str | None = None,
):
    """Score every trial list with every encoder, print the table and write
    `results.json`, DET curves and score histograms.

    Of several processes each embeds a share of the files; the first one scores
    and writes.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    name : str
        Name of the stage, and of its folder.
    systems : dict of str to (str or callable or None)
        Title -> the pretraining stage that has left the encoder. None is the
        encoder as it is built, with random weights: the baseline of every
        training. A callable gives vectors that nothing here trains, see
        `ProbeStep`.
    scorings : dict of str to dict, optional
        Ways to score by name, see `verify_encoders`; null leaves out one that the
        YAML has. The cosine of whole files by default.
    rows : callable
        Experiment -> the training utterances, of which a cohort is drawn.
    trials : callable
        Experiment -> the trial sets.
    manifest, data_folder : str, optional
        The corpus, for the protocol.
    """
    # Before the rows: audio without trials cannot be verified
    sets, training = experiment.once(trials), experiment.once(rows)
    scorings = _wanted(scorings)
    encoders = {
        title: partial(_encoder, experiment, title, stage)
        for title, stage in systems.items()
    }
    embed = None
    if world_size() > 1:
        encoders = _embedded_by_all(
            experiment, name, encoders, sets, scorings, training
        )
        embed = look_up_shared

    @main_process_only  # barriers within it wait for nobody
    def score():
        corpus = corpus_name(manifest, data_folder)
        trained = [s for s in systems.values() if isinstance(s, str)]
        protocol = _protocol(experiment, systems, corpus, len(training))
        verify_encoders(
            encoders,
            sets,
            scorings,
            experiment=experiment.hparams["experiment"],
            seed=experiment.seed,
            corpus=corpus,
            protocol=protocol,
            training=training,
            folder=experiment.folder,
            scores_folder=experiment.folder / name,
            speed=_speed(experiment, systems),
            more=trained_by(experiment, trained),
            embed=embed,
            **_options(experiment),
        )
        _draw(experiment, systems, protocol)
        logger.info(f"Results and plots are in {experiment.folder}")

    score()


def _embedded_by_all(experiment, name, encoders, sets, scorings, training):
    """Return builders of encoders that know all embeddings already: each process
    has made a share of them. What is scored already is not embedded."""
    cohort = choose_cohort(training, experiment.seed)
    shared = {}
    for title, build in encoders.items():
        titled = titled_scorings(title, scorings)
        scored = kept_scores(experiment.folder / name, titled, sets)
        if gather_objects(scored is None)[0]:  # the first one's view counts
            found = SharedEmbedding(
                build(), sets, scorings, cohort, **_options(experiment)
            )
            shared[title] = lambda found=found: found
        else:
            shared[title] = build
    return shared


def _protocol(experiment, systems, corpus, utterances):
    """Say how the numbers came about."""
    oracle = is_oracle(experiment.folder)
    channels = has_simulated_channels(experiment.folder)
    return {
        "corpus": corpus,
        "training_utterances": utterances,
        "selection": _selection(experiment, systems),
        "synthetic": corpus == SYNTHETIC,
        **({"debug": True} if experiment.debug else {}),
        **({"oracle": True} if oracle else {}),
        **({"simulated_channels": True} if channels else {}),
        "encoders": {
            title: "no training here" if callable(stage) else stage
            for title, stage in systems.items()
        },
    }


def _options(experiment):
    """Return where encoders run, and whether a bar is shown."""
    run_opts = experiment.run_opts or {}
    return {
        "device": run_device(run_opts),
        "progressbar": not run_opts.get("noprogressbar", False),
    }


def _wanted(scorings):
    """Return the ways to score that are left; one at least."""
    given = (scorings or {}).items()
    return {t: o for t, o in given if o is not None} or {COSINE: {}}


def _encoder(experiment, title, stage):
    """Build the encoder of a system, with the weights of its stage."""
    logger.info(f"{title}: embedding the files of the trials")
    if callable(stage):
        return VectorEncoder(experiment.call(stage, None, True))
    encoder = experiment.build("encoder")["encoder"]
    if stage is not None:
        weights = pretrained_weights(experiment, stage, fold=None)
        logger.info(f"{title} is {load_weights(encoder, weights)}")
    return encoder.to(_options(experiment)["device"])


def _speed(experiment, systems):
    """Return the speed of the slowest training among the systems."""
    logs = list(_logs(experiment, systems).values())
    if not logs:
        return {}
    log = max(logs, key=lambda log: log["train_seconds"])
    return {k: v for k, v in log.items() if k not in ("epochs", SELECTED)}


def _selection(experiment, systems):
    """Say which epoch of each stage is used."""
    chosen = [
        f"epoch {log[SELECTED]} of {stage}"
        for stage, log in _logs(experiment, systems).items()
        if log.get(SELECTED)
    ]
    if not chosen:
        return "none: the last epoch's encoder"
    return f"{', '.join(chosen)}: the best average rank over measures without labels"


def _logs(experiment, systems):
    """Read the logs of the experiment's own stages; encoders from elsewhere have
    none here."""
    return {
        stage: json.loads((experiment.folder / stage / "log.json").read_text())
        for stage in systems.values()
        if isinstance(stage, str) and not is_elsewhere(experiment, stage)
    }


def _draw(experiment, systems, protocol):
    """Draw the training curves of the pretraining stages."""
    folder = experiment.folder / "plots"
    note = protocol_note(protocol)
    for stage, log in _logs(experiment, systems).items():
        plots.training_curves(
            log["epochs"],
            folder / f"{stage}.png",
            f"{experiment.hparams['experiment']}: training of stage {stage}",
            note,
        )
