"""Lists the audio files and the transcripts of one part of ADReSS or ADReSSo."""

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from sb_contrastive.corpora.adress.layout import (
    AUDIO_FOLDERS,
    CLASSES,
    child,
    visible,
)
from sb_contrastive.data.audio.formats import is_readable
from sb_contrastive.suggestions import did_you_mean

TRANSCRIPTS = {
    "ADReSS": ("transcription", ".cha"),
    "ADReSSo": ("segmentation", ".csv"),
}


class AudioFile(NamedTuple):
    """Names one file, of a whole recording or of a chunk, and the class of its
    folder, None where folders have no class."""

    subject: str
    path: Path
    label: str


def find_audio(part, audio):
    """Lists the audio of a part.

    Arguments
    ---------
    part : Part
        From `find_parts`.
    audio : str
        "full" for whole recordings, "chunks" for those that the organisers
        of 2020 cut out and normalised.

    Returns
    -------
    list of AudioFile
        Sorted by class and name.

    Raises
    ------
    FileNotFoundError
        When the part has no such audio.
    ValueError
        When a folder is named like no class.

    Example
    -------
    >>> folder = getfixture("tmp_path") / "train"
    >>> chunks = folder / "Normalised_audio-chunks" / "cd"
    >>> chunks.mkdir(parents=True)
    >>> (chunks / "S077-240-9902-11373-1-0-1390.wav").touch()
    >>> from sb_contrastive.corpora.adress.layout import Part
    >>> [file] = find_audio(Part("ADReSS", "train", folder), "chunks")
    >>> file.subject, file.label
    ('S077', 'dementia')
    """
    folders = AUDIO_FOLDERS[part.edition]
    if audio not in folders:
        raise ValueError(
            f"audio is one of {', '.join(folders)} for {part.edition}, not"
            f" {audio!r}{did_you_mean(audio, folders)}"
        )
    folder = child(part.folder, folders[audio])
    if folder is None:
        raise FileNotFoundError(
            f"{part.folder} has no {folders[audio]}, which audio={audio!r}"
            " asks for"
        )
    files = []
    for label, path in _class_level(folder):
        if not is_readable(path):
            continue
        # The fields of a chunk's name after the first dash are times
        subject = path.stem.split("-")[0] if audio == "chunks" else path.stem
        files.append(AudioFile(subject, path, label))
    if not files:
        raise FileNotFoundError(f"{folder} holds no audio")
    return files


def find_transcripts(part):
    """Lists who spoke when: CHAT files of 2020, segmentations of 2021.

    Arguments
    ---------
    part : Part
        From `find_parts`.

    Returns
    -------
    dict of str to list of Path, or None
        Subject -> files, more than one only by mistake; None where the part
        has no such folder.
    """
    name, extension = TRANSCRIPTS[part.edition]
    folder = child(part.folder, name)
    if folder is None:
        return None
    found = defaultdict(list)
    for _, path in _class_level(folder):
        if path.suffix.lower() == extension:
            found[path.stem].append(path)
    return dict(found)


def _class_level(folder):
    """Lists (class or None, file) of a folder that may have folders of classes."""
    found = []
    for path in visible(folder):
        if not path.is_dir():
            found.append((None, path))
            continue
        label = CLASSES.get(path.name.lower())
        if label is None:
            raise ValueError(
                f"{path} is named like no class ({', '.join(CLASSES)})"
                + did_you_mean(path.name, CLASSES)
            )
        found += [(label, file) for file in visible(path)]
    return found
