"""Finds the speakers and the trial lists in a folder of VoxCeleb."""

import os
import re
from pathlib import Path

from sb_contrastive.corpora.voxceleb.utterances import visible
from sb_contrastive.suggestions import did_you_mean

TRIALS = {
    "O": "veri_test2.txt",  # cleaned, as all of these but the next
    "O_original": "veri_test.txt",
    "E": "list_test_all2.txt",
    "H": "list_test_hard2.txt",
}
META = ("vox1_meta.csv", "vox2_meta.csv")
SPEAKER = re.compile(r"id\d+")
NOT_AUDIO = ("txt", "mp4")  # face tracks and videos, in folders named alike
DEPTH = 3  # voxceleb1/dev/wav


def find_speakers(folders):
    """Finds the folders of all speakers.

    Arguments
    ---------
    folders : list of Path
        Data folders.

    Returns
    -------
    speakers : dict of str to list of str
        Speaker -> folders, each a place of its own even when links name it
        twice.
    outside : set of str
        Speakers of the test part.

    Raises
    ------
    FileNotFoundError
        When a folder is not there, or holds no VoxCeleb.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> (folder / "dev" / "wav" / "id10001").mkdir(parents=True)
    >>> (folder / "test" / "wav" / "id10270").mkdir(parents=True)
    >>> speakers, outside = find_speakers([folder])
    >>> sorted(speakers), outside
    (['id10001', 'id10270'], {'id10270'})
    """
    speakers, outside = {}, _of_meta(folders)
    development, undecided = set(), set()
    for folder in folders:
        trees = _find_trees(folder)
        if not trees:
            raise FileNotFoundError(
                f"{folder} is not VoxCeleb: neither it nor wav, dev/wav,"
                " voxceleb1/dev/wav and the like hold folders named id10001"
            )
        for tree in trees:
            parts = tree.relative_to(folder).parts
            names = list(filter(SPEAKER.fullmatch, _subfolders(tree)))
            for name in names:
                real = os.path.realpath(tree / name)
                speakers.setdefault(name, {}).setdefault(real, str(tree / name))
            if "test" in parts:
                outside.update(names)
            elif "dev" in parts:
                development.update(names)
            elif parts and (tree.parent / "dev").is_dir():
                undecided.update(names)
    # VoxCeleb2 may have dev/aac for one part and aac for the other; a folder
    # of links to both parts looks alike
    outside |= undecided - development
    places = {name: list(found.values()) for name, found in speakers.items()}
    return places, outside & places.keys()


def find_trials(data_folder, name):
    """Finds a trial list in the data folder, below it on the way to the
    speakers, or beside it.

    Arguments
    ---------
    data_folder : str or Path, or list of them
        Root of VoxCeleb1, of VoxCeleb2 or of both.
    name : str
        "O", "O_original", "E", "H", or a path.

    Returns
    -------
    Path

    Raises
    ------
    FileNotFoundError
        When there is no such list.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> _ = (folder / "veri_test2.txt").write_text("")
    >>> find_trials(folder, "O").name
    'veri_test2.txt'
    """
    if name not in TRIALS:
        if Path(name).is_file():
            return Path(name)
        raise FileNotFoundError(
            f"trials has {name!r}, which is neither a file nor one of"
            f" {', '.join(TRIALS)}{did_you_mean(name, TRIALS)}"
        )
    folders = [Path(folder) for folder in as_list(data_folder)]
    for place in _places(folders):
        if (place / TRIALS[name]).is_file():
            return place / TRIALS[name]
    raise FileNotFoundError(
        f"there is no {TRIALS[name]}, the trial list {name}, in or beside"
        f" {', '.join(map(str, folders))}; download it from VoxCeleb's page,"
        " or leave it out of trials ([] for none)"
    )


def meta_files(data_folder):
    """Lists the corpus' own tables, which say who is in the test part.

    Arguments
    ---------
    data_folder : str or Path, or list of them
        Root of VoxCeleb1, of VoxCeleb2 or of both.

    Returns
    -------
    list of Path
    """
    folders = [Path(folder) for folder in as_list(data_folder)]
    places = [place / name for place in _places(folders) for name in META]
    return [place for place in places if place.is_file()]


def as_list(given):
    """Makes a list of one folder or name, or of several.

    Example
    -------
    >>> as_list("O"), as_list(("O", "E"))
    (['O'], ['O', 'E'])
    """
    return [given] if isinstance(given, (str, Path)) else list(given)


def _find_trees(folder, depth=DEPTH):
    """Finds the folders that hold folders of speakers."""
    inside = _subfolders(folder)
    if any(SPEAKER.fullmatch(name) for name in inside):
        return [folder]
    if depth == 0:
        return []
    return [
        tree
        for name in inside
        if name not in NOT_AUDIO
        for tree in _find_trees(folder / name, depth - 1)
    ]


def _subfolders(folder):
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"there is no folder {folder}")
    return [entry.name for entry in visible(folder) if entry.is_dir()]


def _places(folders):
    """Lists the folders where trial lists may lie, from the speakers up to beside the data folder."""
    places = []
    for folder in folders:
        for tree in _find_trees(folder):
            above = [tree, *tree.parents]
            places += above[: above.index(folder) + 1]
        places += [folder, folder.absolute().parent]
    return dict.fromkeys(places)


def _of_meta(folders):
    """Reads the speakers that the corpus' own tables put into the test part."""
    found = set()
    for path in meta_files(folders):
        # Tabs in VoxCeleb1, commas and blanks in VoxCeleb2
        for line in path.read_text("utf-8").splitlines():
            fields = [field.strip() for field in re.split("[\t,]", line)]
            if fields[-1] == "test":
                found.add(fields[0])
    return found
