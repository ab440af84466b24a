"""Makes the manifest rows of ADReSS and ADReSSo."""

from collections import defaultdict

from speechbrain.utils.logger import get_logger

from sb_contrastive.corpora.adress.faults import unmatched
from sb_contrastive.corpora.adress.part_files import (
    find_audio,
    find_transcripts,
)
from sb_contrastive.corpora.adress.subjects import read_subjects
from sb_contrastive.corpora.adress.turns import read_turns
from sb_contrastive.data.audio.headers import read_headers
from sb_contrastive.data.manifests.source import SOURCE
from sb_contrastive.data.manifests.utterance_ids import safe_id

logger = get_logger(__name__)


def describe_part(part, data_folder, audio="full", turns="participant"):
    """Makes the rows of the training or the test part.

    Arguments
    ---------
    part : Part
        From `find_parts`.
    data_folder : Path
        What `$data_root` stands for in the rows.
    audio : str
        "full" or "chunks", see `find_audio`.
    turns : str
        "participant" gives a row to each turn of the participant, where the
        part says who spoke when; "all" one to each file. Chunks are the
        participant's already.

    Returns
    -------
    rows : list of dict
        Manifest rows, subject by subject; label None where none is known.
    faults : list of tuple
        (subject or None, what is wrong), all there are.
    """
    subjects, faults = read_subjects(part, data_folder)
    files = defaultdict(list)
    for file in find_audio(part, audio):
        files[file.subject].append(file)
    faults += unmatched(subjects, files, part, audio)
    transcripts = None
    if audio == "full" and turns == "participant":
        transcripts = find_transcripts(part)
        if transcripts is None:
            logger.warning(
                "%s does not say who spoke when: the interviewer is heard too",
                part.folder,
            )
        else:
            for name in sorted(transcripts.keys() - files.keys()):
                text = f"{transcripts[name][0]} belongs to no recording"
                faults.append((name, text))
    paths = [file.path for name in sorted(files) for file in files[name]]
    headers = dict(zip(paths, read_headers(paths)))
    rows = []
    for name in sorted(files):
        about = _about(name, subjects.get(name), files[name], part)
        for file in files[name]:
            if headers[file.path].problem:
                text = f"{file.path} is {headers[file.path].problem}"
                faults.append((name, text))
                continue
            try:
                spans = _spans(file, headers[file.path], transcripts)
            except ValueError as error:
                faults.append((name, str(error)))
                continue
            rate = headers[file.path].sample_rate
            wav = file.path.relative_to(data_folder).as_posix()
            for number, (start, stop) in enumerate(spans):
                stem = safe_id(file.path.stem)
                rows.append(
                    {
                        "ID": f"{stem}_{number:03d}" if transcripts else stem,
                        "duration": (stop - start) / rate,
                        "wav": f"$data_root/{wav}",
                        "start": start,
                        "stop": stop,
                        **about,
                        SOURCE: str(file.path),
                    }
                )
    return rows, faults


def _about(name, subject, files, part):
    """Collects the columns that all rows of a subject share."""
    label = subject.label if subject else None
    return {
        "spk_id": name,
        "subject": name,
        "split": part.split,
        "label": label or files[0].label,
        "sex": subject and subject.sex,
        "age": subject and subject.age,
        "mmse": subject and subject.mmse,
    }


def _spans(file, header, transcripts):
    """Lists the samples (start, stop) of the turns in a file, or of all of it."""
    if transcripts is None:
        return [(0, header.frames)]
    paths = transcripts.get(file.subject, [])
    if len(paths) != 1:
        found = (
            "no transcript"
            if not paths
            else (f"two transcripts, {paths[0]} and {paths[1]}")
        )
        raise ValueError(f"{file.path} has {found}, so who spoke is not known")
    rate = header.sample_rate
    spans = [
        (round(start * rate), min(round(end * rate), header.frames))
        for start, end in read_turns(paths[0], header.frames / rate)
    ]
    return [(start, stop) for start, stop in spans if stop > start]
