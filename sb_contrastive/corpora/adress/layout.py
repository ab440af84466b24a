"""Where ADReSS 2020 and ADReSSo 2021 keep what: audio, transcripts, tables."""

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from sb_contrastive.data.manifests.folder_scan import AUDIO
from sb_contrastive.suggestions import did_you_mean

CONTROL, DEMENTIA = "control", "dementia"
# Folders of 2020 (cc, cd) and of 2021 (cn, ad)
CLASSES = {"cc": CONTROL, "cn": CONTROL, "cd": DEMENTIA, "ad": DEMENTIA}
AUDIO_FOLDERS = {
    "ADReSS": {
        "full": "Full_wave_enhanced_audio",
        "chunks": "Normalised_audio-chunks",
    },
    "ADReSSo": {"full": "audio"},
}
TRANSCRIPTS = {
    "ADReSS": ("transcription", ".cha"),
    "ADReSSo": ("segmentation", ".csv"),
}
DEPTH = 4  # ADReSSo21/diagnosis/train, with a folder of the archive above


class Part(NamedTuple):
    """The training or the test part of one edition of the challenge."""

    edition: str  # ADReSS or ADReSSo
    split: str  # train or test
    folder: Path


class AudioFile(NamedTuple):
    """One file, of a whole recording or of a chunk, and the class of the
    folder it lies in, None where there is no such level."""

    subject: str
    path: Path
    label: str


def find_parts(data_folder):
    """Finds the training and the test part.

    Arguments
    ---------
    data_folder : Path
        `ADReSS-IS2020-data`, `ADReSSo21`, a folder above or a part itself.
        The progression task of ADReSSo is passed over.

    Returns
    -------
    list of Part
        Train before test; either may be absent.

    Raises
    ------
    FileNotFoundError
        When there is no such folder, or none of the parts in it.
    ValueError
        When a part comes twice, or both editions are there.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> for part in ("train", "test-dist"):
    ...     (folder / "diagnosis" / part / "audio").mkdir(parents=True)
    >>> [(part.edition, part.split) for part in find_parts(folder)]
    [('ADReSSo', 'train'), ('ADReSSo', 'test')]
    """
    if not data_folder.is_dir():
        raise FileNotFoundError(f"there is no folder {data_folder}")
    found = defaultdict(list)
    for part in _search(data_folder, DEPTH):
        found[part.split].append(part)
    parts = [part for split in ("train", "test") for part in found[split]]
    if not parts:
        raise FileNotFoundError(
            f"{data_folder} is neither ADReSS nor ADReSSo: no folder train or"
            " test in it holds Full_wave_enhanced_audio, "
            "Normalised_audio-chunks or audio"
        )
    if len(parts) > len({(part.edition, part.split) for part in parts}):
        raise ValueError(
            f"{data_folder} holds a part of the corpus twice: "
            + ", ".join(str(part.folder) for part in parts)
        )
    if len({part.edition for part in parts}) > 1:
        raise ValueError(
            f"{data_folder} holds both ADReSS and ADReSSo, which share"
            " recordings: give the folder of one"
        )
    return parts


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
        if path.suffix.lower() not in AUDIO:
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


def child(folder, name):
    """A folder or file inside another, in any case of letters.

    Arguments
    ---------
    folder : Path
        Where to look.
    name : str
        "transcription" also finds `Transcription`.

    Returns
    -------
    Path or None

    Example
    -------
    >>> child(Path("/no/such/folder"), "transcription") is None
    True
    """
    for path in visible(folder):
        if path.name.lower() == name.lower():
            return path
    return None


def visible(folder):
    """What is in a folder, sorted, without what macOS leaves (.DS_Store, ._*)."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.name[0] != ".")


def _search(folder, depth):
    name = folder.name.lower()
    if name.startswith("progression"):
        return []
    split = next((s for s in ("train", "test") if name.startswith(s)), None)
    if split is not None:
        for edition, folders in AUDIO_FOLDERS.items():
            if any(child(folder, name) for name in folders.values()):
                return [Part(edition, split, folder)]
    if depth == 0:
        return []
    inside = [path for path in visible(folder) if path.is_dir()]
    return [part for path in inside for part in _search(path, depth - 1)]


def _class_level(folder):
    """(class or None, file) of a folder that may have folders of classes."""
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
