"""The labelled utterances of an experiment: a user's manifest, a prepared corpus, or synthetic speech."""

import numpy as np
from speechbrain.utils.logger import get_logger

from sb_contrastive.corpora import prepare_iemocap
from sb_contrastive.data.columns.access import part, values
from sb_contrastive.data.folds.class_check import check_classes
from sb_contrastive.data.folds.folds import refuse_fold_names
from sb_contrastive.data.manifests.contradictions import refuse_contradictions
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.manifests.preparation import check_and_write
from sb_contrastive.ranges import NotNegative, Positive
from sb_contrastive.rows.built_in import built_in
from sb_contrastive.rows.corpus_files import corpus_files
from sb_contrastive.rows.few import few_rows
from sb_contrastive.rows.prepared import prepare_once, read_sources
from sb_contrastive.rows.recordings import write_recordings
from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)


def labelled_rows(
    experiment,
    *,
    manifest: str | None = None,
    data_folder: str | None = None,
    data_root: str | None = None,
    prepare=prepare_iemocap,
    classes: list[str] | None = None,
    on_bad_audio: str = "stop",
    trim_silence_db: NotNegative = 0,
    recordings: str | None = None,
    pause_db: Positive = 30,
    folds: int | str = 10,
    validation: str = "next_fold",
):
    """Prepare the labelled utterances of an experiment, in
    `manifests/labelled.csv` of its output folder.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    manifest : str, optional
        A CSV of one's own, with the columns wav, label, and fold, session or
        spk_id (of recordings: subject).
    data_folder : str, optional
        Folder of the corpus that `prepare` reads; without it and without a
        manifest, synthetic speech is used.
    data_root : str, optional
        The folder that `$data_root` stands for in the manifests.
    prepare : callable
        (data_folder, path of a CSV) writes the manifest of a corpus.
    classes : list of str, optional
        Labels to use, e.g. [ang, sad], in the order of the classifier's
        outputs; utterances of others are left out. All labels when absent.
    on_bad_audio : str
        "stop", or "skip": leave bad files out and count them.
    trim_silence_db : float
        Audio that is this far below the speech at both ends is cut; 0 cuts
        nothing.
    recordings : str, optional
        "speech" or "turns", for corpora of recordings: the parts of a subject's
        recordings that are joined to one row, see `write_recordings`.
    pause_db : float
        Of recordings: frames this far below the loud ones hold no speech.
    folds : int or str
        Of recordings: how many folds, or "each_subject".
    validation : str
        "next_fold", "speakers" or "stratified", see `split_fold`.

    Returns
    -------
    list of dict
        Manifest rows with a label.
    """
    path = experiment.folder / "manifests" / "labelled.csv"
    inputs = {
        "manifest": manifest,
        "data_folder": data_folder,
        "data_root": data_root,
        "prepare": prepare,
        "classes": classes,
        "on_bad_audio": on_bad_audio,
        "trim_silence_db": trim_silence_db,
    }
    if recordings:
        inputs |= {
            "recordings": recordings,
            "pause_db": pause_db,
            "folds": folds,
        }

    def make():
        # The official test part of recordings may come without labels
        required = [] if recordings else ["label"]
        if manifest:
            rows = read_manifest(manifest, data_root, required=required)
        else:
            rows = _corpus(path, data_folder, prepare, recordings, required)
        rows = _of_classes(rows, classes)
        refuse_contradictions(rows, "label")
        if not recordings:
            refuse_fold_names(rows)
            check_and_write(rows, path, on_bad_audio, trim_silence_db)
            return
        write_recordings(
            rows,
            path,
            content=recordings,
            pause_db=pause_db,
            folds=folds,
            validation=validation,
            on_bad_audio=on_bad_audio,
        )

    sources = [manifest] if manifest else corpus_files(prepare, data_folder)
    content = read_sources(experiment, sources)
    beside = ["prepared.csv", "turns.csv", "held_out.csv"]
    prepare_once(path, inputs, make, content, beside)
    rows = read_manifest(path, required=["label"])
    if experiment.debug:
        rows = few_rows(rows)
    check_classes(rows, class_names(rows, classes))
    return rows


def class_names(rows, classes=None):
    """List the classes, in the order of the classifier's outputs.

    Arguments
    ---------
    rows : list of dict
        Labelled manifest rows.
    classes : list of str, optional
        Those that were asked for; all labels of the rows, sorted, when absent.

    Returns
    -------
    list of str

    Example
    -------
    >>> class_names([{"label": "sad"}, {"label": "angry"}, {"label": "sad"}])
    ['angry', 'sad']
    """
    return list(classes or sorted({row["label"] for row in rows}))


def _corpus(path, folder, prepare, recordings, required):
    """Read a corpus by its own reader; the built-in one where none is given."""
    options = {}
    if folder is None:
        logger.warning(
            "No corpus given: using SYNTHETIC speech. Its numbers show that "
            "the machinery learns, and nothing about real speech."
        )
        # Not the counts of the real ones
        if recordings:
            folder = built_in("adress")
            options = {"expected_subjects": None}
        else:
            folder = built_in("iemocap")
            options = {"expected_utterances": None}
    prepared = path.parent / "prepared.csv"
    prepare(folder, str(prepared), **options)
    return read_manifest(prepared, data_root=folder, required=required)


def _of_classes(rows, classes):
    if not classes:
        return rows
    wanted = {None, *classes}
    labels = sorted(set(values(rows, "label")) - {None})
    for name in classes:
        if name not in labels:
            raise ValueError(
                f"--classes names {name!r}, which no utterance is labelled: the "
                f"labels are {', '.join(labels)}{did_you_mean(name, labels)}"
            )
    kept = np.array([name in wanted for name in values(rows, "label")])
    if not kept.all():
        others = [name for name in labels if name not in wanted]
        logger.warning(
            f"{len(kept) - kept.sum()} utterances of other classes are left "
            f"out: {', '.join(others)}"
        )
    return part(rows, kept)
