"""Writes the manifests of VoxCeleb1, VoxCeleb2 or both."""

import json
import os
from pathlib import Path

from speechbrain.utils.logger import get_logger

from sb_contrastive.corpora.voxceleb.layout import (
    as_list,
    find_speakers,
    find_trials,
    meta_files,
)
from sb_contrastive.corpora.voxceleb.rows import (
    describe_speakers,
    write_speakers,
)
from sb_contrastive.corpora.voxceleb.trials import (
    check_present,
    trial_utterances,
)
from sb_contrastive.data.audio.bad_audio import check_choice
from sb_contrastive.data.randomness import shuffled
from sb_contrastive.files import write_atomically

logger = get_logger(__name__)


def prepare_voxceleb(
    data_folder,
    save_csv,
    valid_csv=None,
    test_csv=None,
    trials=("O",),
    validation_speakers=0,
    chunk_seconds=None,
    min_seconds=None,
    min_amplitude=None,
    on_bad_audio="stop",
    jobs=None,
):
    """Writes the manifest of VoxCeleb, or does nothing where one of the same
    settings is there already (delete it to prepare anew).

    Trained on are the speakers of the development part who are in none of the
    trial lists. The test part is what lies below a folder `test`, or beside a
    folder `dev`, and whom `vox1_meta.csv` or `vox2_meta.csv`, where present,
    put into it.

    Arguments
    ---------
    data_folder : str or Path, or list of them
        Root of VoxCeleb1, of VoxCeleb2, or of both, or one folder for each.
        Speakers may be in `wav`, in `dev/wav` and `test/wav`, in `dev/aac`
        and `test/aac`, with another folder (`voxceleb1`) above, or directly
        in the root. `$data_root` in the CSV stands for the folder; where
        several are given, paths are absolute.
    save_csv : str or Path
        CSV to write: ID,duration,wav,start,stop,spk_id,session, sorted. The
        ID is like id10001--1zcIwhmdeo4--00001, the session is the video.
    valid_csv : str or Path, optional
        CSV to write for `validation_speakers`.
    test_csv : str or Path, optional
        CSV to write for the utterances in the trial lists, whole.
    trials : list of str or Path
        Trial lists that will be scored: "O" (cleaned), "O_original", "E", "H"
        (cleaned), found by name in the data folder or beside it, or paths. E
        and H hold every speaker of VoxCeleb1.
    validation_speakers : int
        Development speakers kept out of training.
    chunk_seconds : float, optional
        Cuts training files into chunks of this length; the last one takes
        what is left, and shorter files stay whole.
    min_seconds : float, optional
        Leaves out training files shorter than this.
    min_amplitude : float, optional
        Leaves out training chunks whose mean absolute amplitude (full scale:
        1) is below this. Decodes every file; 5e-4 in SpeechBrain's recipe.
    on_bad_audio : str
        "stop" raises with one report of all unusable training files; "skip"
        leaves them out and logs the report. A trial list's are never left out.
    jobs : int, optional
        Threads; by default twice the processors.

    Raises
    ------
    FileNotFoundError
        When there is no VoxCeleb, no such trial list, or a list names a file
        that is not there.
    ValueError
        When audio is still .m4a or otherwise unusable, an option or a list is
        wrong, or no speaker is left to train on.

    Example
    -------
    >>> prepare_voxceleb("voxceleb1", "train.csv")  # doctest: +SKIP
    """
    check_choice(on_bad_audio)
    if bool(valid_csv) != (validation_speakers > 0):
        raise ValueError(
            f"validation_speakers is {validation_speakers} and valid_csv is"
            f" {valid_csv}: give both or neither"
        )
    for name, value in ("chunk_seconds", chunk_seconds), ("jobs", jobs):
        if value is not None and value <= 0:
            raise ValueError(f"{name} must be above 0, got {value}")
    folders = as_list(data_folder)
    folders = [Path(os.path.abspath(Path(f).expanduser())) for f in folders]
    trials = [str(name) for name in as_list(trials)]
    if test_csv and not trials:
        raise ValueError("test_csv needs trials: name the lists it shall cover")
    settings = {
        "data_folder": [folder.as_posix() for folder in folders],
        "csv": [str(path) for path in (save_csv, valid_csv, test_csv)],
        "trials": trials,
        "validation_speakers": validation_speakers,
        "chunk_seconds": chunk_seconds,
        "min_seconds": min_seconds,
        "min_amplitude": min_amplitude,
        "on_bad_audio": on_bad_audio,
    }
    written = [Path(path) for path in (save_csv, valid_csv, test_csv) if path]
    record = Path(f"{save_csv}.settings.json")
    if _is_done(written, record, settings):
        logger.info("%s is prepared already with these settings", save_csv)
        return
    record.unlink(missing_ok=True)  # the CSVs are about to change

    root = folders[0] if len(folders) == 1 else None
    speakers, outside = find_speakers(folders)
    wanted = {}
    for name in trials:
        for key, source in trial_utterances(find_trials(folders, name)).items():
            wanted.setdefault(key, source)
    check_present(wanted, speakers, jobs)
    tested = {key.split("/")[0] for key in wanted}
    tests = []
    if test_csv:
        # A trial without audio has no score: never left out
        tests = describe_speakers(
            tested, speakers, jobs, "stop", root=root, only=wanted
        )
    training = speakers.keys() - outside - tested
    if len(training) <= validation_speakers:
        raise ValueError(
            f"{len(training)} development speakers are in none of the trial"
            f" lists {', '.join(trials)}, so none is left to train on with"
            f" {validation_speakers} held out; E and H hold all of VoxCeleb1:"
            " train on VoxCeleb2 then"
        )
    parts = describe_speakers(
        training,
        speakers,
        jobs,
        on_bad_audio,
        root=root,
        chunk_seconds=chunk_seconds,
        min_seconds=min_seconds,
        min_amplitude=min_amplitude,
    )
    held = set(shuffled(training)[:validation_speakers])
    write_speakers([p for p in parts if p.speaker not in held], save_csv)
    if valid_csv:
        write_speakers([p for p in parts if p.speaker in held], valid_csv)
    if test_csv:
        write_speakers(tests, test_csv)
    text = json.dumps(settings, indent=1)
    write_atomically(record, lambda path: path.write_text(text))


prepare_voxceleb.annotations = meta_files


def _is_done(written, record, settings):
    if not record.is_file() or not all(path.is_file() for path in written):
        return False
    return json.loads(record.read_text(encoding="utf-8")) == settings
