"""Rows of a control system: the pauses of the same subjects, in which nobody speaks."""

from speechbrain.utils.logger import get_logger

from sb_contrastive.data.manifests.manifest import read_manifest, write_manifest
from sb_contrastive.experiment.provenance.contents import digest
from sb_contrastive.rows.labelled import labelled_rows
from sb_contrastive.rows.prepared import prepare_once
from sb_contrastive.rows.recordings import SHORTEST, join_subjects

logger = get_logger(__name__)


def silence_rows(
    experiment,
    *,
    manifest: str | None = None,
    data_folder: str | None = None,
    recordings: str | None = None,
    pause_db: float = 30,
    folds: int | str = 10,
):
    """Prepare the labelled subjects with the pauses of their recordings joined.

    A room, a microphone or the processing of a clinic can tell the label in
    silence (in raw Pitt recordings it nearly does: arXiv 2406.07410). A system
    that hears speech has to beat one that hears none. Of whole files the
    pauses of the interviewer count too.

    Arguments
    ---------
    experiment : Experiment
        Its labelled corpus is one of recordings.
    manifest, data_folder, recordings, pause_db, folds
        See `labelled_rows`.

    Returns
    -------
    list of dict
        Manifest rows with the labels and folds of the labelled ones. Subjects
        without pauses are missing, and a warning names them.
    """
    if not recordings:
        raise ValueError(
            "the silence control needs a corpus of recordings: set recordings"
            " to speech or turns"
        )
    labelled = experiment.once(labelled_rows)
    path = experiment.folder / "manifests" / "pauses.csv"
    inputs = {
        "manifest": manifest,
        "data_folder": data_folder,
        "recordings": recordings,
        "pause_db": pause_db,
        "folds": folds,
    }
    made_from = [path.with_name(name) for name in ("labelled.csv", "turns.csv")]
    content = {source.name: digest(source) for source in made_from}
    prepare_once(path, inputs, lambda: _make(labelled, path, pause_db), content)
    return read_manifest(path, required=["label"])


def _make(labelled, path, pause_db):
    own = {row["subject"]: row for row in labelled}
    turns = read_manifest(path.with_name("turns.csv"))
    rows = [row for row in turns if row["subject"] in own]
    joined = join_subjects(rows, path.parent / "pauses", "pauses", pause_db)
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
