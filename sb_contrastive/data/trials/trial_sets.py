"""Trial sets: trial lists with the audio and the speakers behind their names."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from sb_contrastive.data.trials.left_out import with_rows
from sb_contrastive.data.trials.trial_audio import trial_rows, trial_speakers
from sb_contrastive.data.trials.trial_list import Trials, read_trials


class TrialSet(NamedTuple):
    """A trial list with the manifest rows and speakers of its files."""

    trials: Trials
    rows: list  # in the order of trials.audio()
    speakers: list  # in that of trials.files, or None where they are unknown


def trial_set(trials, rows):
    """Makes a trial set of a list and the rows of its files.

    Arguments
    ---------
    trials : Trials
        From `read_trials`.
    rows : list of dict
        A manifest row for each of `trials.audio()`, in their order.

    Returns
    -------
    TrialSet
    """
    return TrialSet(trials, rows, trial_speakers(trials, rows))


def find_trial_sets(lists, rows=(), folder=None, check=None, **words):
    """Reads trial lists and finds the audio of their files.

    Arguments
    ---------
    lists : dict of str to (str or Path)
        Trial lists by name, see `read_trials` and `list_names`.
    rows : list of dict
        Manifest rows of the files and maybe of others, see `trial_rows`.
    folder : str or Path, optional
        The folder that the names are relative to. With neither rows nor a
        folder it is the folder of each list.
    check : function, optional
        Takes the rows of all files, each file once and each with an ID of its
        own, and returns rows with the same IDs to be used instead, such as
        those of converted audio. Trials of a file without row are left out.
    **words : str
        `kind` and `mend` of `trial_rows`, where rows are not those of audio.

    Returns
    -------
    dict of str to TrialSet
        In the order of the lists.

    Raises
    ------
    FileNotFoundError
        When there is no such list, or no audio for one of its names.
    ValueError
        When a line is not a trial, or a name stands for several rows.

    Example
    -------
    >>> path = getfixture("tmp_path") / "trials.txt"
    >>> _ = path.write_text("1 ann/1.wav ann/2.wav\\n0 ann/1.wav bob/1.wav\\n")
    >>> names = ["bob/1", "ann/2", "ann/1"]
    >>> rows = [{"ID": n, "wav": f"/wav/{n}.wav", "start": 0, "stop": 9} for n in names]
    >>> sets = find_trial_sets({"mine": path}, rows)
    >>> [row["ID"] for row in sets["mine"].rows], sets["mine"].speakers
    (['ann/1', 'ann/2', 'bob/1'], ['ann', 'ann', 'bob'])
    """
    found = {}
    for name, path in lists.items():
        trials = read_trials(path)
        beside = Path(path).parent if not rows and folder is None else folder
        found[name] = trials, trial_rows(trials, rows, beside, **words)
    if check is not None:
        used = _checked([rows for _, rows in found.values()], check)
        found = {
            name: with_rows(trials, [used[span(row)] for row in rows])
            for name, (trials, rows) in found.items()
        }
    return {name: trial_set(*given) for name, given in found.items()}


def list_names(paths):
    """Names trial lists after their files.

    Arguments
    ---------
    paths : list of (str or Path)
        The lists.

    Returns
    -------
    dict of str to Path
        By the name of the file without extension; where two files have the
        same name, the name of the folder is put before it.

    Raises
    ------
    ValueError
        When two lists have the same name even so.

    Example
    -------
    >>> list(list_names(["a/trials.txt", "b/trials.txt", "b/hard.txt"]))
    ['a_trials', 'b_trials', 'hard']
    """
    paths = [Path(path) for path in paths]
    counts = Counter(path.stem for path in paths)
    named = {}
    for path in paths:
        name = path.stem
        if counts[name] > 1:
            name = f"{path.resolve().parent.name}_{name}"
        if name in named:
            raise ValueError(
                f"the trial lists {named[name]} and {path} have the same name, "
                "which is that of their results: rename one"
            )
        named[name] = path
    return named


def span(row):
    """Returns what a manifest row stands for: a part of an audio file."""
    return row["wav"], row["start"], row["stop"]


def _checked(lists, check):
    """Return {span of a row: its checked row, or None}, checking each span once."""
    # Two lists may use one name for different files
    every = {span(row): row for rows in lists for row in rows}
    numbered = [
        {**row, "ID": f"{number}--{row['ID']}"}
        for number, row in enumerate(every.values())
    ]
    used = {row["ID"]: row for row in check(numbered)}
    return dict(zip(every, (used.get(row["ID"]) for row in numbered)))
