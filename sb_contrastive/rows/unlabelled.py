"""The utterances that an emotion or dementia experiment pretrains on, without labels."""

from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.manifests.path_list import split_paths
from sb_contrastive.data.manifests.preparation import check_and_write, rows_of
from sb_contrastive.ranges import NotNegative
from sb_contrastive.rows.built_in import (
    SYNTHETIC,
    built_in,
    labelled_corpus,
)
from sb_contrastive.rows.few import few_rows
from sb_contrastive.rows.prepared import prepare_once, read_sources


def unlabelled_rows(
    experiment,
    labelled_corpus=labelled_corpus,
    *,
    unlabelled: str | list[str] | None = None,
    data_root: str | None = None,
    on_bad_audio: str = "stop",
    trim_silence_db: NotNegative = 0,
):
    """Prepare the utterances to pretrain on, the same for every fold, in
    `manifests/unlabelled.csv` of the output folder.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    labelled_corpus : callable
        Experiment -> name of the labelled corpus.
    unlabelled : str, optional
        CSVs or folders of audio to pretrain on, joined by commas. Without it,
        each fold pretrains on its own training part, unless the labelled corpus
        is the built-in one: its other speakers are then used.
    data_root : str, optional
        The folder that `$data_root` stands for in the CSVs.
    on_bad_audio : str
        "stop", or "skip": leave bad files out and count them.
    trim_silence_db : float
        Audio that is this far below the speech at both ends is cut; 0 cuts
        nothing.

    Returns
    -------
    list of dict or None
        Manifest rows; None when each fold pretrains on its own training part.
    """
    if unlabelled is None and experiment.call(labelled_corpus) != SYNTHETIC:
        return None
    path = experiment.folder / "manifests" / "unlabelled.csv"

    def make():
        rows = rows_of(unlabelled or built_in("voxceleb"), data_root)
        check_and_write(rows, path, on_bad_audio, trim_silence_db)

    inputs = {
        "unlabelled": unlabelled,
        "data_root": data_root,
        "on_bad_audio": on_bad_audio,
        "trim_silence_db": trim_silence_db,
    }
    sources = split_paths(unlabelled) if unlabelled else []
    content = read_sources(experiment, sources)
    prepare_once(path, inputs, make, content)
    rows = read_manifest(path)
    return few_rows(rows) if experiment.debug else rows
