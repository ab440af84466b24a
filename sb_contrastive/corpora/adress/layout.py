"""Finds the training and the test part in a folder of ADReSS 2020 or ADReSSo 2021."""

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

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

DEPTH = 4  # ADReSSo21/diagnosis/train, with a folder of the archive above


class Part(NamedTuple):
    """Names the training or the test part of one edition of the challenge."""

    edition: str  # ADReSS or ADReSSo
    split: str  # train or test
    folder: Path


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


def child(folder, name):
    """Finds a folder or file inside another, in any case of letters, or None."""
    for path in visible(folder):
        if path.name.lower() == name.lower():
            return path
    return None


def visible(folder):
    """Lists a folder, sorted, without what macOS leaves behind (.DS_Store, ._*)."""
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
