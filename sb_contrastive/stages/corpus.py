"""What an experiment trains on: a user's manifests, a prepared corpus, or synthetic speech."""

from pathlib import Path

from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.data.audio.check import check_audio
from sb_contrastive.data.audio.silence import trim_silence
from sb_contrastive.data.folds.class_check import check_classes
from sb_contrastive.data.manifests.folder_scan import scan_folder
from sb_contrastive.data.manifests.manifest import read_manifest, write_manifest
from sb_contrastive.stages.recordings import write_recordings

logger = get_logger(__name__)

SYNTHETIC = "built-in synthetic speech"


def labelled_rows(experiment):
    """The labelled utterances of an experiment, checked once and remembered in
    `manifests/labelled.csv` of its output folder.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `manifest`, `data_folder` and `prepare`, `data_root`,
        `classes` and `on_bad_audio`; with `recordings`, as `write_recordings`
        reads it, a row is all that is heard of one subject.

    Returns
    -------
    list of dict
        Manifest rows with a label.
    """
    hparams = experiment.hparams
    path = experiment.folder / "manifests" / "labelled.csv"
    run_on_main(_make_labelled, kwargs={"experiment": experiment, "path": path})
    rows = read_manifest(path, required=["label"])
    check_classes(rows, experiment_classes(hparams, rows))
    return rows


def experiment_classes(hparams, rows):
    """The classes of an experiment, in the order of the classifier's outputs.

    Arguments
    ---------
    hparams : dict
        The experiment's values; `classes` lists them or is None.
    rows : list of dict
        Labelled manifest rows: all their labels, sorted, when `classes` is None.

    Returns
    -------
    list of str
    """
    return list(hparams["classes"] or sorted({row["label"] for row in rows}))


def unlabelled_rows(experiment):
    """The utterances to pretrain on, the same for every fold, remembered in
    `manifests/unlabelled.csv`; None when each fold pretrains on its own
    training part.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `unlabelled`.

    Returns
    -------
    list of dict or None
    """
    hparams = experiment.hparams
    if hparams["unlabelled"] is None and protocol_corpus(hparams) != SYNTHETIC:
        return None
    path = experiment.folder / "manifests" / "unlabelled.csv"
    run_on_main(
        _make_unlabelled, kwargs={"experiment": experiment, "path": path}
    )
    return read_manifest(path)


def protocol_corpus(hparams):
    """Name of the labelled corpus, as the results state it.

    Arguments
    ---------
    hparams : dict
        The experiment's values.

    Returns
    -------
    str
    """
    if hparams["manifest"]:
        return str(hparams["manifest"])
    return str(hparams["data_folder"] or SYNTHETIC)


def _make_labelled(experiment, path):
    if path.is_file():
        return
    hparams = experiment.hparams
    recordings = hparams.get("recordings")
    # The official test part of such a corpus may come without labels
    required = [] if recordings else ["label"]
    if hparams["manifest"]:
        rows = read_manifest(
            hparams["manifest"], hparams["data_root"], required=required
        )
    else:
        folder, options = hparams["data_folder"], {}
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
        path.parent.mkdir(parents=True, exist_ok=True)
        hparams["prepare"](folder, str(prepared), **options)
        rows = read_manifest(prepared, data_root=folder, required=required)
    classes = hparams["classes"]
    if classes:
        wanted = {None, *classes}
        dropped = [r for r in rows if r.get("label") not in wanted]
        rows = [r for r in rows if r.get("label") in wanted]
        if dropped:
            others = sorted({r["label"] for r in dropped})
            logger.warning(
                f"{len(dropped)} utterances of other classes are left out: "
                f"{', '.join(others)}"
            )
    on_bad_audio = hparams["on_bad_audio"]
    if not recordings:
        check_and_write(rows, path, on_bad_audio, hparams["trim_silence_db"])
        return
    write_recordings(
        rows,
        path,
        heard=recordings,
        pause_db=hparams["pause_db"],
        folds=hparams["folds"],
        validation=hparams["validation"],
        on_bad_audio=on_bad_audio,
    )


def _make_unlabelled(experiment, path):
    hparams = experiment.hparams
    write_unlabelled(
        hparams["unlabelled"] or built_in("voxceleb"),
        path,
        hparams["data_root"],
        hparams["on_bad_audio"],
        hparams["trim_silence_db"],
    )


def write_unlabelled(
    sources, path, data_root=None, on_bad_audio="stop", trim_silence_db=None
):
    """Writes the manifest of audio to pretrain on, unless it is there.

    Arguments
    ---------
    sources, data_root
        As for `rows_of`.
    path : str or pathlib.Path
        CSV to write.
    on_bad_audio, trim_silence_db
        As for `check_and_write`.
    """
    path = Path(path)
    if not path.is_file():
        rows = rows_of(sources, data_root)
        check_and_write(rows, path, on_bad_audio, trim_silence_db)


def rows_of(sources, data_root=None):
    """The utterances of several corpora as one.

    Arguments
    ---------
    sources : str or list of str
        CSVs or folders of audio; a string joins them by commas.
    data_root : str, optional
        What `$data_root` stands for in the CSVs.

    Returns
    -------
    list of dict
        Manifest rows; an ID that an earlier corpus has gets the number of its
        own in front. `corpus` is the source, unless a CSV has that column.
    """
    if not isinstance(sources, (list, tuple)):
        sources = str(sources).split(",")
    rows, taken = [], set()
    for number, source in enumerate(sources, start=1):
        source = str(source).strip()
        if Path(source).is_dir():
            found = scan_folder(source)
        else:
            found = read_manifest(source, data_root)
        if taken & {row["ID"] for row in found}:
            # Two corpora may both have a spk1/001.wav
            found = [{**r, "ID": f"source{number}--{r['ID']}"} for r in found]
        taken |= {row["ID"] for row in found}
        rows += [{"corpus": source, **row} for row in found]
    return rows


def check_and_write(rows, path, on_bad_audio="stop", trim_silence_db=None):
    """Checks audio, cuts silence, writes the manifest.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.
    path : pathlib.Path
        CSV to write.
    on_bad_audio : str
        "stop" or "skip", see `check_audio`.
    trim_silence_db : float, optional
        What is this far below the speech at both ends is cut off.
    """
    rows = check_audio(
        rows,
        on_bad_audio=on_bad_audio,
        converted_folder=path.parent / "converted",
        shortest=0.1,
    )
    if trim_silence_db:
        rows = trim_silence(rows, trim_silence_db)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_manifest(rows, path)


def built_in(layout):
    """Folder of the built-in synthetic corpus.

    Arguments
    ---------
    layout : str
        "iemocap", "voxceleb" or "adress".

    Returns
    -------
    str
    """
    # Late: a user's own corpus never needs the synthesiser
    from sb_contrastive.synthetic import built_in_corpus

    return built_in_corpus(
        layout, Path.home() / ".cache" / "sb_contrastive", seed=0
    )
