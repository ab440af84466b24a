"""The training utterances and the trial sets of a speaker verification experiment."""

import json
from pathlib import Path

import numpy as np
from speechbrain.utils.distributed import run_on_main
from speechbrain.utils.logger import get_logger

from sb_contrastive.corpora import prepare_voxceleb
from sb_contrastive.corpora.voxceleb.layout import find_trials
from sb_contrastive.data.columns.access import values
from sb_contrastive.data.columns.joining import joined
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.manifests.path_list import split_paths
from sb_contrastive.data.manifests.preparation import check_and_write, rows_of
from sb_contrastive.data.trials.trial_list import read_trials
from sb_contrastive.data.trials.trial_sets import (
    find_trial_sets,
    list_names,
    trial_set,
)
from sb_contrastive.files import write_atomically
from sb_contrastive.ranges import NotNegative, Whole
from sb_contrastive.rows.built_in import built_in, corpus_name
from sb_contrastive.rows.channels import TRAINING, TRIALS, SimulatedChannels
from sb_contrastive.rows.corpus_files import corpus_files, trial_files
from sb_contrastive.rows.prepared import prepare_once, read_sources

logger = get_logger(__name__)

IDS = "trial_ids.json"


def training_rows(
    experiment,
    *,
    manifest: str | list[str] | None = None,
    data_folder: str | None = None,
    data_root: str | None = None,
    prepare=prepare_voxceleb,
    trials: str | list[str] | None = None,
    trials_folder: str | None = None,
    on_bad_audio: str = "stop",
    trim_silence_db: NotNegative = 0,
    simulated_channels: str | None = None,
    channel_seed: Whole = 0,
    channels_folder: str | None = None,
):
    """Prepare the utterances to train on: those of the given audio whose
    speaker and file are in no trial list. They are kept in
    `manifests/training.csv` of the output folder.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    manifest : str, optional
        CSVs or folders of audio of one's own, joined by commas.
    data_folder : str, optional
        VoxCeleb1, VoxCeleb2 or a folder of both; without it and without a
        manifest, synthetic speech is used.
    data_root : str, optional
        The folder that `$data_root` stands for in the manifests.
    prepare : callable
        Writes the manifests of a corpus, see `prepare_voxceleb`.
    trials : str, optional
        Trial lists, joined by commas; of VoxCeleb: O (the default), O_original,
        E, H.
    trials_folder : str, optional
        Folder of files that the lists name and no manifest has.
    on_bad_audio : str
        "stop", or "skip": leave bad files out of training and count them.
    trim_silence_db : float
        Audio that is this far below the speech at both ends is cut; 0 cuts
        nothing.
    simulated_channels : str, optional
        Whose recordings go through simulated rooms, microphones and codecs, each
        file through one of its own: "training", "trials" or "all". It stands for
        several sessions of a speaker, and results say so.
    channel_seed : int
        Of the channels, which depend on it and the file alone.
    channels_folder : str, optional
        Where copies are kept, which runs may share; `manifests/channels` of the
        output folder when absent.

    Returns
    -------
    list of dict
        Manifest rows.
    """
    lists = _lists(manifest, data_folder, trials)
    folder = experiment.folder / "manifests"
    channels = SimulatedChannels(
        simulated_channels, channel_seed, channels_folder or folder / "channels"
    )
    inputs = {
        "manifest": manifest,
        "data_folder": data_folder,
        "data_root": data_root,
        "prepare": prepare,
        "trials": {name: str(path) for name, path in lists.items()},
        "trials_folder": trials_folder,
        "on_bad_audio": on_bad_audio,
        "trim_silence_db": trim_silence_db,
        **channels.inputs,
    }

    def make():
        if manifest is None:
            rows = _voxceleb(folder, data_folder, prepare, lists, on_bad_audio)
        else:
            rows = rows_of(manifest, data_root)
        sets = find_trial_sets(lists, rows, trials_folder)
        training, tested = _apart(rows, sets)
        if not training:
            raise ValueError(
                f"every speaker of {corpus_name(manifest, data_folder)} is in a "
                f"trial list: give --manifest other audio to train on as well"
            )
        logger.info(
            f"{len(training)} utterances to train on; "
            f"{len(rows) - len(training)} are of speakers in the trial lists"
        )
        path, silence = folder / "training.csv", trim_silence_db
        check_and_write(training, path, on_bad_audio, silence)
        channels.apply(path, TRAINING)
        if tested:  # every trial needs its files: none is skipped
            check_and_write(tested, folder / "trials.csv", "refuse", silence)
            channels.apply(folder / "trials.csv", TRIALS)
        # By ID: audio that was converted has another path than the list says
        ids = {n: [r["ID"] for r in found.rows] for n, found in sets.items()}
        text = json.dumps(ids)
        write_atomically(folder / IDS, lambda part: part.write_text(text))

    if manifest is None:
        sources = corpus_files(prepare, data_folder)
    else:
        sources = split_paths(manifest)
    sources += trial_files(lists.values())
    content = read_sources(experiment, sources)
    beside = ["trials.csv", IDS, "prepared_train.csv", "prepared_test.csv"]
    prepare_once(folder / "training.csv", inputs, make, content, beside)
    run_on_main(channels.tell, args=[folder])
    return read_manifest(folder / "training.csv")


def trial_sets(
    experiment,
    training=training_rows,
    *,
    manifest: str | list[str] | None = None,
    data_folder: str | None = None,
    trials: str | list[str] | None = None,
):
    """Read the trial sets of an experiment; the audio of all their files has
    been checked.

    Arguments
    ---------
    experiment : Experiment
        The experiment.
    training : callable
        Experiment -> training rows, which are prepared together with the sets.
    manifest, data_folder, trials
        See `training_rows`.

    Returns
    -------
    dict of str to TrialSet
        By the names of `list_names`.
    """
    if manifest is not None and trials is None:
        raise ValueError(
            f"{manifest} has no trials to verify: give --trials, lists of lines "
            f"such as '1 enrol.wav test.wav', or --stages "
            f'"[pretrain, export]"'
        )
    experiment.once(training)
    folder = experiment.folder / "manifests"
    rows = {r["ID"]: r for r in read_manifest(folder / "trials.csv")}
    ids = json.loads((folder / IDS).read_text(encoding="utf-8"))
    return {
        name: trial_set(read_trials(path), [rows[i] for i in ids[name]])
        for name, path in _lists(manifest, data_folder, trials).items()
    }


def _apart(rows, sets):
    """Separate the rows to train on from those of the trials: a speaker or a file
    of a trial is not trained on."""
    tested = {row["ID"]: row for found in sets.values() for row in found.rows}
    speakers = {r["spk_id"] for r in tested.values() if r.get("spk_id")}
    files = {r["wav"] for r in tested.values()}
    kept = (
        wav not in files and speaker not in speakers
        for wav, speaker in zip(values(rows, "wav"), values(rows, "spk_id"))
    )
    training = rows.part(np.fromiter(kept, bool, len(rows)))
    return training, list(tested.values())


def _voxceleb(folder, data_folder, prepare, lists, on_bad_audio):
    """Prepare VoxCeleb, or its synthetic imitation, and return all rows."""
    if data_folder is None:
        logger.warning(
            "No corpus given: using SYNTHETIC speech. Its numbers show that "
            "the machinery learns, and nothing about real speakers."
        )
        data_folder = built_in("voxceleb")
    prepared = [folder / "prepared_train.csv", folder / "prepared_test.csv"]
    prepare(
        data_folder,
        save_csv=prepared[0],
        test_csv=prepared[1],
        trials=list(lists.values()),
        on_bad_audio=on_bad_audio,
    )
    return joined([read_manifest(path, data_folder) for path in prepared])


def _lists(manifest, data_folder, trials):
    """Return {name: path} of the trial lists; a user's audio may have none."""
    if manifest is not None and trials is None:
        return {}
    given = trials or "O"
    if manifest is None:
        given = given if isinstance(given, list) else given.split(",")
        folder = data_folder or built_in("voxceleb")
        paths = [find_trials(folder, name.strip()) for name in given]
    else:
        paths = [Path(name) for name in split_paths(given)]
    return list_names(paths)
