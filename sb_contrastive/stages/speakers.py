"""The training utterances and the trial sets of a speaker verification experiment."""

import json
from functools import lru_cache
from pathlib import Path

from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.corpora.voxceleb.layout import find_trials
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.trials.trial_list import read_trials
from sb_contrastive.data.trials.trial_sets import (
    find_trial_sets,
    list_names,
    trial_set,
)
from sb_contrastive.files import write_atomically
from sb_contrastive.stages.corpus import (
    SYNTHETIC,
    built_in,
    check_and_write,
    rows_of,
)

logger = get_logger(__name__)


@lru_cache(maxsize=1)  # a million rows: the stages of a run share them
def training_rows(experiment):
    """Returns the utterances to train on: those of the given audio whose
    speaker and file are in no trial list. They are kept in
    `manifests/training.csv`.

    Arguments
    ---------
    experiment : Experiment
        Its YAML gives `manifest` and `trials`, or `data_folder` and `prepare`
        for VoxCeleb, or neither for synthetic speech.

    Returns
    -------
    list of dict
        Manifest rows, read once for an experiment, which are not to be changed.
    """
    run_on_main(_prepare, kwargs={"experiment": experiment})
    return read_manifest(_training_csv(experiment))


def trial_sets(experiment):
    """Returns the trial sets of an experiment; the audio of all their files has
    been checked.

    Arguments
    ---------
    experiment : Experiment
        As for `training_rows`.

    Returns
    -------
    dict of str to TrialSet
        By the names of `list_names`.
    """
    run_on_main(_prepare, kwargs={"experiment": experiment})
    rows = {r["ID"]: r for r in read_manifest(_trials_csv(experiment))}
    ids = json.loads(_trial_ids(experiment).read_text(encoding="utf-8"))
    return {
        name: trial_set(read_trials(path), [rows[i] for i in ids[name]])
        for name, path in _lists(experiment.hparams).items()
    }


def speaker_corpus(hparams):
    """Returns the name of the corpus, as the results state it.

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
    """Write both manifests and then, as a sign that they are complete, the IDs
    of the files of each list."""
    hparams = experiment.hparams
    if _trial_ids(experiment).is_file():
        return
    if hparams["manifest"] is None:
        rows = _voxceleb(experiment)
    else:
        if hparams["trials"] is None and "verify" in hparams["stages"]:
            raise ValueError(
                f"{hparams['manifest']} has no trials to verify: give "
                f"--trials, lists of lines such as '1 enrol.wav test.wav', or "
                f'--stages "[pretrain, export]"'
            )
        rows = rows_of(hparams["manifest"], hparams["data_root"])
    lists, folder = _lists(hparams), hparams["trials_folder"]
    sets = find_trial_sets(lists, rows, folder)
    ids = {n: [row["ID"] for row in found.rows] for n, found in sets.items()}
    tested = {row["ID"]: row for found in sets.values() for row in found.rows}
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
    if tested:  # every trial needs its files: none is skipped
        check_and_write(
            list(tested.values()), _trials_csv(experiment), "stop", trim
        )
    # By ID: audio that was converted has another path than the list says
    write_atomically(
        _trial_ids(experiment), lambda path: path.write_text(json.dumps(ids))
    )


def _voxceleb(experiment):
    """Prepare VoxCeleb, or its synthetic imitation, and return all rows."""
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
    """Return {name: path} of the trial lists; a user's audio may have none."""
    if hparams["manifest"] is not None and hparams["trials"] is None:
        return {}
    given = hparams["trials"] or "O"
    given = given if isinstance(given, list) else str(given).split(",")
    if hparams["manifest"] is None:
        folder = hparams["data_folder"] or built_in("voxceleb")
        paths = [find_trials(folder, name.strip()) for name in given]
    else:
        paths = [Path(name.strip()) for name in given]
    return list_names(paths)


def _training_csv(experiment):
    return experiment.folder / "manifests" / "training.csv"


def _trials_csv(experiment):
    return experiment.folder / "manifests" / "trials.csv"


def _trial_ids(experiment):
    return experiment.folder / "manifests" / "trial_ids.json"
