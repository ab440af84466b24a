"""Lists the utterances of a speaker of VoxCeleb."""

import os

from sb_contrastive.data.audio.formats import READABLE

COMPRESSED = (".m4a", ".aac")  # VoxCeleb2 as distributed


def utterances_of(folders):
    """Lists the audio of one speaker.

    Arguments
    ---------
    folders : list of str
        Where the speaker's videos lie, as from `find_speakers`.

    Returns
    -------
    dict of str to str
        video/utterance, without extension, -> path.

    Raises
    ------
    ValueError
        When audio is not in a video's folder, comes twice, or is there only
        in a format that soundfile cannot read.

    Example
    -------
    >>> video = getfixture("tmp_path") / "id10001" / "-a--bcdefgh"
    >>> video.mkdir(parents=True)
    >>> for name in ("00001.flac", "._00001.flac", "00001.txt"):
    ...     (video / name).touch()
    >>> list(utterances_of([str(video.parent)]))
    ['-a--bcdefgh/00001']
    """
    found, compressed = {}, {}
    for folder in folders:
        for video in visible(folder):
            if not video.is_dir():
                if os.path.splitext(video.name)[1].lower() in READABLE:
                    raise ValueError(
                        f"{video.path} lies directly in the speaker's folder;"
                        " VoxCeleb has a folder per video:"
                        " id10001/1zcIwhmdeo4/00001.wav"
                    )
                continue
            for file in visible(video.path):
                stem, extension = os.path.splitext(file.name)
                # Never split again: a video may be named -a--b
                key = f"{video.name}/{stem}"
                if extension.lower() in COMPRESSED:
                    compressed[key] = file.path
                elif extension.lower() in READABLE:
                    if key in found:
                        raise ValueError(
                            f"{found[key]} and {file.path} are the same"
                            " utterance: remove one of the copies"
                        )
                    found[key] = file.path
    for key, path in compressed.items():
        if key not in found:
            raise ValueError(
                f"{path} is {path[-3:].upper()}, which soundfile cannot read:"
                " convert VoxCeleb2 first, to files beside these or to a"
                " folder wav beside aac, with ffmpeg -i 00001.m4a -ac 1 -ar"
                " 16000 00001.wav for each file"
            )
    return found


def visible(folder):
    """Lists a folder, sorted, without what macOS leaves behind (.DS_Store, ._*)."""
    with os.scandir(folder) as entries:
        kept = [entry for entry in entries if not entry.name.startswith(".")]
    return sorted(kept, key=lambda entry: entry.name)
