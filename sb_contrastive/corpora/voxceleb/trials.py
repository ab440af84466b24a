"""The utterances that VoxCeleb's trial lists need, and a check that they are there."""

import os

from sb_contrastive.corpora.voxceleb.layout import SPEAKER
from sb_contrastive.corpora.voxceleb.utterances import utterances_of
from sb_contrastive.data.audio.threads import in_threads
from sb_contrastive.data.trials.trial_list import read_trials


def trial_utterances(file):
    """Lists the utterances that a trial list needs.

    Arguments
    ---------
    file : Path
        A trial list, see `read_trials`, of names such as
        id10270/x6uYqmx31kE/00001.wav.

    Returns
    -------
    dict of str to str
        Utterance, without extension, -> where it is first named
        ("veri_test2.txt:1").

    Raises
    ------
    ValueError
        When a line is not a trial of VoxCeleb; the message names it.

    Example
    -------
    >>> file = getfixture("tmp_path") / "trials.txt"
    >>> _ = file.write_text("0 id1/-a--b/1.wav id2/c/1.wav\\n1 id2/c/1.wav id2/d/1.wav")
    >>> list(trial_utterances(file))
    ['id1/-a--b/1', 'id2/c/1', 'id2/d/1']
    """
    trials, wanted = read_trials(file), {}
    for path, place in zip(trials.files, trials.places()):
        parts = path.split("/")
        if len(parts) != 3 or not SPEAKER.fullmatch(parts[0]):
            raise ValueError(
                f"{place} names {path!r}, which is not like"
                " id10270/x6uYqmx31kE/00001.wav"
            )
        wanted.setdefault(os.path.splitext(path)[0], place)
    return wanted


def check_present(wanted, speakers, jobs=None):
    """Refuses trial lists whose audio is not there.

    Arguments
    ---------
    wanted : dict of str to str
        Utterance -> where it is named, see `trial_utterances`.
    speakers : dict of str to list of str
        Speaker -> folders, from `find_speakers`.
    jobs : int, optional
        Threads.

    Raises
    ------
    FileNotFoundError
        When an utterance is missing; the message names the first and how many
        there are.

    Example
    -------
    >>> check_present({"id10270/v/00001": "veri_test2.txt:1"}, {})
    Traceback (most recent call last):
    ...
    FileNotFoundError: veri_test2.txt:1 names id10270/v/00001, which is not in ...
    """
    names = sorted({key.split("/")[0] for key in wanted})
    there = [(name, speakers[name]) for name in names if name in speakers]
    lists = in_threads(
        lambda item: list(utterances_of(item[1])),
        there,
        jobs,
        "trial files",
        "speaker",
    )
    present = {
        f"{name}/{key}" for (name, _), keys in zip(there, lists) for key in keys
    }
    missing = [key for key in wanted if key not in present]
    if missing:
        first = missing[0]
        raise FileNotFoundError(
            f"{wanted[first]} names {first}, which is not in the data folder,"
            f" as are {len(missing)} of {len(wanted)} utterances of the trial"
            " lists; E and H need the development part of VoxCeleb1 too"
        )
