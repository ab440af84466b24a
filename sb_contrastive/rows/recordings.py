"""Corpora of recordings of subjects: one audio file for each subject, folds by subject, and a held-out part."""

from speechbrain.utils.logger import get_logger

from sb_contrastive.data.audio.bad_audio import report_bad
from sb_contrastive.data.audio.check import check_audio
from sb_contrastive.data.audio.concatenation import concatenate
from sb_contrastive.data.audio.headers import read_headers
from sb_contrastive.data.audio.pauses import find_speech
from sb_contrastive.data.audio.sound import find_fault
from sb_contrastive.data.folds.subject_folds import assign_folds
from sb_contrastive.data.manifests.contradictions import refuse_contradictions
from sb_contrastive.data.manifests.manifest import read_manifest, write_manifest
from sb_contrastive.data.manifests.source import source_of
from sb_contrastive.data.manifests.utterance_ids import refuse_as_name
from sb_contrastive.progress import bar
from sb_contrastive.suggestions import did_you_mean

logger = get_logger(__name__)

CONTENT = ("speech", "turns")  # parts of a recording that may be used
SPLITS = ("train", "test")
SHORTEST = 0.5  # seconds: less of someone's speech is no recording


def write_recordings(
    rows, path, content, pause_db, folds, validation, on_bad_audio="stop"
):
    """Join the used parts of each subject's recordings to one file, give the subjects
    folds and write the manifests: `turns.csv` of all that was given,
    `labelled.csv` to train and cross-validate on, and `held_out.csv` of the
    subjects whose `split` is test, where there are any.

    Arguments
    ---------
    rows : list of dict
        Manifest rows of turns, files or chunks, each with a `subject` (or
        `spk_id`), and a label but for the held-out ones.
    path : pathlib.Path
        Where labelled.csv shall be.
    content : str
        "speech" (pauses are cut out) or "turns" (the participant's turns with
        their pauses).
    pause_db : float
        Frames this far below the loud ones hold no speech.
    folds : int or str
        See `assign_folds`.
    validation : str
        Where folds will be split: how, see `split_fold`.
    on_bad_audio : str
        "stop" or "skip", see `check_audio`.
    """
    if content not in CONTENT:
        raise ValueError(
            f"recordings is one of {', '.join(CONTENT)}, not {content!r}"
            + did_you_mean(content, CONTENT)
        )
    if not isinstance(folds, int) and validation != "stratified":
        raise ValueError(
            f"folds is {folds}, and one subject cannot validate a"
            " training run: add --validation stratified"
        )
    rows = [_with_subject(row) for row in rows]
    # The rows of a subject become one, which has one label and one split
    for column in ("label", "split", "fold"):
        refuse_contradictions(rows, column, of="subject")
    rows = check_audio(
        rows,
        on_bad_audio=on_bad_audio,
        converted_folder=path.parent / "converted",
        silence_is_bad=False,  # of a turn; a whole subject is looked at below
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_manifest(rows, path.parent / "turns.csv")
    joined = join_subjects(rows, path.parent / content, content, pause_db)
    faults = [_fault(row) for row in joined]
    report_bad(list(filter(None, faults)), len(joined), on_bad_audio)
    joined = [row for row, fault in zip(joined, faults) if not fault]
    held_out = [row for row in joined if row.get("split") == "test"]
    training = [row for row in joined if row.get("split") != "test"]
    if held_out:
        write_manifest(held_out, path.parent / "held_out.csv")
    write_manifest(assign_folds(training, folds), path)


def join_subjects(rows, folder, content, pause_db):
    """Join the used parts of each subject's recordings, one file each.

    Arguments
    ---------
    rows : list of dict
        Manifest rows of mono files at one rate, with a `subject`.
    folder : pathlib.Path
        Where the files shall be.
    content : str
        "turns": the rows as they are; "speech": without their pauses;
        "pauses": of the whole files, what is nobody's speech.
    pause_db : float
        Frames this far below the loud ones hold no speech.

    Returns
    -------
    list of dict
        A row for each subject, in order of appearance; one of whom nothing
        is left has a duration of 0 and no file.
    """
    subjects = {}
    for row in rows:
        subjects.setdefault(row["subject"], []).append(row)
    joined = []
    what = f"joining {content}"
    for name, own in bar(subjects.items(), what, "subject"):
        pieces = [(r["wav"], int(r["start"]), int(r["stop"])) for r in own]
        if content == "pauses":
            wavs = list(dict.fromkeys(row["wav"] for row in own))
            headers = read_headers(wavs)
            whole = [(wav, 0, h.frames) for wav, h in zip(wavs, headers)]
            _, pieces = find_speech(whole, pause_db)
        elif content == "speech":
            pieces, _ = find_speech(pieces, pause_db)
        wav = folder.absolute() / f"{name}.wav"
        samples = concatenate(pieces, wav) if pieces else 0
        joined.append(
            {
                **own[0],
                "ID": name,
                "wav": wav.as_posix(),
                "start": 0,
                "stop": samples,
                "duration": samples / 16000,
                "spk_id": name,
            }
        )
    return joined


def held_out_rows(experiment):
    """Read the subjects of the official test part.

    Arguments
    ---------
    experiment : Experiment
        Its labelled rows have been written.

    Returns
    -------
    list of dict
        Manifest rows, with labels where these are known; empty where the
        corpus has no such part.
    """
    path = experiment.folder / "manifests" / "held_out.csv"
    return read_manifest(path) if path.is_file() else []


def _with_subject(row):
    name = row.get("subject", row.get("spk_id"))
    if name is None:
        raise ValueError(
            f"{source_of(row)} has no subject: folds need to"
            " know whom a recording is of"
        )
    # It names the file of their audio
    refuse_as_name(name, "subject", source_of(row))
    if row.get("split", "train") not in SPLITS:
        raise ValueError(
            f"{source_of(row)} has the split {row['split']!r}, which is not"
            f" one of {', '.join(SPLITS)}; the subjects of train are divided"
            " into folds, those of test are held out"
            + did_you_mean(row["split"], SPLITS)
        )
    return {**row, "subject": name, "spk_id": name}


def _fault(row):
    """Says why a subject's joined audio cannot be used, "" if it can."""
    where = f"({source_of(row)})"
    if row["duration"] < SHORTEST:
        return (
            f"{row['subject']}: {row['duration']:.2f} s of speech, less than"
            f" {SHORTEST} s {where}"
        )
    problem = find_fault(row["wav"], [(0, row["stop"])])
    return f"{row['subject']}: {problem} {where}" if problem else ""
