"""What a speaker verification experiment trains on, and the trials that judge it."""

import json
from functools import lru_cache
from pathlib import Path

from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.corpora.voxceleb.layout import find_trials
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.trials.trial_audio import trial_rows, trial_speakers
from sb_contrastive.data.trials.trial_list import read_trials
from sb_contrastive.evaluation.verification.trial_sets import TrialSet
from sb_contrastive.files import write_atomically
from sb_contrastive.data.manifests.preparation import check_and_write, rows_of
from sb_contrastive.rows.built_in import SYNTHETIC, built_in

logger = get_logger(__name__)


@lru_cache(maxsize=1)  # a million rows: the stages of a run share them
def training_rows(experiment):
    """The utterances to train on: of the given audio, all whose speaker and
    file are in no trial list; remembered in `manifests/training.csv`.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `manifest` and `trials`, or `data_folder` and `prepare`
        for VoxCeleb, or neither for synthetic speech.

    Returns
    -------
    list of dict
        Manifest rows, read once for an experiment: they are not to be changed.
    """
    run_on_main(_prepare, kwargs={"experiment": experiment})
    return read_manifest(_training_csv(experiment))


def trial_sets(experiment):
    """The trial lists of an experiment by name, each file of theirs checked.

    Arguments
    ---------
    experiment : Experiment
        As for `training_rows`.

    Returns
    -------
    dict of str to TrialSet
        Named after the file, and its folder where two files have one name.
    """
    run_on_main(_prepare, kwargs={"experiment": experiment})
    rows = {r["ID"]: r for r in read_manifest(_trials_csv(experiment))}
    ids = json.loads(_trial_ids(experiment).read_text(encoding="utf-8"))
    sets = {}
    for name, path in _lists(experiment.hparams).items():
        trials = read_trials(path)
        found = [rows[i] for i in ids[name]]
        sets[name] = TrialSet(trials, found, trial_speakers(trials, found))
    return sets


def speaker_corpus(hparams):
    """Name of the corpus, as the results state it.

    Arguments
    ---------
    hparams : dict
        The experiment's values.

    Returns
    -------
    str
    """
    return str(hparams["manifest"] or hparams["data_folder"] or SYNTHETIC)


def _prepare(experiment):
    """Both manifests, and which rows each list is about, written last."""
    hparams = experiment.hparams
    if _trial_ids(experiment).is_file():
        return
    if hparams["manifest"] is None:
        rows = _voxceleb(experiment)
    else:
        if hparams["trials"] is None and "verify" in hparams["stages"]:
            raise ValueError(
                f"{hparams['manifest']} has no trials to be judged by: give "
                f"--trials, lists of lines such as '1 enrol.wav test.wav', or "
                f'--stages "[pretrain, export]"'
            )
        rows = rows_of(hparams["manifest"], hparams["data_root"])
    tested, ids = {}, {}
    for name, path in _lists(hparams).items():
        found = trial_rows(read_trials(path), rows, hparams["trials_folder"])
        ids[name] = [row["ID"] for row in found]
        tested.update(zip(ids[name], found))
    speakers = {r["spk_id"] for r in tested.values() if r.get("spk_id")}
    files = {r["wav"] for r in tested.values()}
    training = [
        row
        for row in rows
        if row["wav"] not in files and row.get("spk_id") not in speakers
    ]
    if not training:
        raise ValueError(
            f"every speaker of {speaker_corpus(hparams)} is in a trial list: "
            f"give --manifest other audio to train on as well"
        )
    logger.info(
        f"{len(training)} utterances to train on; {len(rows) - len(training)} "
        f"are of speakers in the trial lists"
    )
    trim = hparams["trim_silence_db"]
    check_and_write(
        training, _training_csv(experiment), hparams["on_bad_audio"], trim
    )
    if tested:  # a trial without its file is no trial: never skipped
        check_and_write(
            list(tested.values()), _trials_csv(experiment), "stop", trim
        )
    # By ID: audio that was converted has another path than the list says
    write_atomically(
        _trial_ids(experiment), lambda path: path.write_text(json.dumps(ids))
    )


def _voxceleb(experiment):
    """Rows of VoxCeleb, those of the trial lists included."""
    hparams = experiment.hparams
    folder = hparams["data_folder"]
    if folder is None:
        logger.warning(
            "No corpus given: using SYNTHETIC speech. Its numbers show that "
            "the machinery learns, and nothing about real speakers."
        )
        folder = built_in("voxceleb")
    parts = experiment.folder / "manifests"
    parts.mkdir(parents=True, exist_ok=True)
    prepared = [parts / "prepared_train.csv", parts / "prepared_test.csv"]
    hparams["prepare"](
        folder,
        save_csv=prepared[0],
        test_csv=prepared[1],
        trials=list(_lists(hparams).values()),
        on_bad_audio=hparams["on_bad_audio"],
    )
    return [r for p in prepared for r in read_manifest(p, data_root=folder)]


def _lists(hparams):
    """{name: path} of the trial lists; of one's own audio there may be none."""
    if hparams["manifest"] is not None and hparams["trials"] is None:
        return {}
    given = hparams["trials"] or "O"
    given = given if isinstance(given, list) else str(given).split(",")
    if hparams["manifest"] is None:
        folder = hparams["data_folder"] or built_in("voxceleb")
        paths = [find_trials(folder, name.strip()) for name in given]
    else:
        paths = [Path(name.strip()) for name in given]
    stems = [path.stem for path in paths]
    return {
        path.stem
        if stems.count(path.stem) == 1
        else f"{path.resolve().parent.name}_{path.stem}": path
        for path in paths
    }


def _training_csv(experiment):
    return experiment.folder / "manifests" / "training.csv"


def _trials_csv(experiment):
    return experiment.folder / "manifests" / "trials.csv"


def _trial_ids(experiment):
    return experiment.folder / "manifests" / "trial_ids.json"
