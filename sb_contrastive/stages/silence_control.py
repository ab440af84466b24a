"""What a control system hears: the pauses of the same subjects, and nobody's speech."""

from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.manifests.manifest import read_manifest, write_manifest
from sb_contrastive.stages.corpus import labelled_rows
from sb_contrastive.stages.recordings import SHORTEST, join_subjects

logger = get_logger(__name__)


def silence_rows(experiment):
    """The labelled subjects, with the pauses of their recordings joined.

    A room, a microphone or the processing of a clinic can tell the label in
    silence (in raw Pitt recordings it nearly does: arXiv 2406.07410). A system
    that hears speech has to beat one that hears none. Of whole files the
    pauses of the interviewer count too.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `pause_db`; its labelled corpus is one of recordings.

    Returns
    -------
    list of dict
        Manifest rows with the labels and folds of the labelled ones. Subjects
        without pauses are missing, and a warning names them.
    """
    labelled = labelled_rows(experiment)
    path = experiment.folder / "manifests" / "pauses.csv"
    run_on_main(
        _make,
        kwargs={"experiment": experiment, "labelled": labelled, "path": path},
    )
    return read_manifest(path, required=["label"])


def _make(experiment, labelled, path):
    if path.is_file():
        return
    turns = path.parent / "turns.csv"
    if not turns.is_file():
        raise FileNotFoundError(
            f"{turns} is not there: the control needs a corpus of recordings,"
            " so set `recordings`"
        )
    own = {row["subject"]: row for row in labelled}
    rows = [row for row in read_manifest(turns) if row["subject"] in own]
    joined = join_subjects(
        rows, path.parent / "pauses", "pauses", experiment.hparams["pause_db"]
    )
    silent = [row for row in joined if row["duration"] >= SHORTEST]
    absent = [r["subject"] for r in joined if r["duration"] < SHORTEST]
    if absent:
        logger.warning(
            "%d subjects have less than %s s of pauses and are not in the"
            " silence control: %s",
            len(absent),
            SHORTEST,
            ", ".join(absent),
        )
    keep = ("wav", "start", "stop", "duration")
    write_manifest(
        [{**own[r["subject"]], **{k: r[k] for k in keep}} for r in silent],
        path,
    )
