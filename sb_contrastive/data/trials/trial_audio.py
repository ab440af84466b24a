"""Finds the audio, and the speakers, behind the names in a trial list."""

import os
from pathlib import Path, PurePosixPath

import numpy as np

from sb_contrastive.data.audio.formats import (
    COMMON,
    READABLE,
    UNREADABLE,
    suffix,
)
from sb_contrastive.data.audio.headers import read_headers
from sb_contrastive.data.manifests.source import SOURCE, source_of
from sb_contrastive.data.manifests.utterance_ids import safe_id
from sb_contrastive.suggestions import did_you_mean

KIND = "manifest row"
MEND = (
    "give a --manifest that has it, or --trials_folder, the folder where the "
    "names begin"
)


def trial_rows(trials, rows=(), folder=None, kind=KIND, mend=MEND):
    """Finds a manifest row for each name of a trial list.

    A name stands for the row that has it as its ID or as the end of its path
    (`ann/1.wav` for `/corpus/wav/ann/1.wav`). A name that matches no row is
    looked for in the folder; its file gets a new row, without speaker. Where
    no file has the suffix of the name, or the name has none, any audio of that
    name will do (`ann/1` or `ann/1.wav` for `ann/1.flac`).

    Arguments
    ---------
    trials : Trials
        From `read_trials`.
    rows : list of dict
        Manifest rows to choose from.
    folder : str or Path, optional
        The folder that the names are relative to, e.g. VoxCeleb's `wav`.
    kind, mend : str
        What a row is, and what helps where a name has none, for messages.

    Returns
    -------
    list of dict
        Rows in the order of `trials.audio()`, for `embed` and `embed_segments`.

    Raises
    ------
    FileNotFoundError
        When a name is found nowhere; the message names its line.
    ValueError
        When a name stands for several rows, or a file is unreadable.

    Example
    -------
    >>> from sb_contrastive.data.trials.trial_list import Trials
    >>> trials = Trials([True], [0], [1], ["ann/2.wav", "ann/1.wav"])
    >>> rows = [{"ID": i, "wav": f"/corpus/ann/{i}.wav"} for i in "123"]
    >>> [row["ID"] for row in trial_rows(trials, rows)]
    ['2', '1']
    """
    if not rows and folder is None:
        raise ValueError(
            f"the names in {trials.source} need manifest rows or a folder to "
            "be found in"
        )
    names = trials.audio()
    found = [None] * len(names)
    if rows:
        found = _in_rows(trials, names, rows, kind)
    open_ = [i for i, row in enumerate(found) if row is None]
    if open_ and folder is None:
        name = names[open_[0]]
        raise FileNotFoundError(
            f"{_place(trials, name)} names {name}, {_others(open_)}which is "
            f"neither the ID nor the end of the path of {_a(kind)}; "
            f"{_model(trials, name)}{mend}"
            + did_you_mean(name, _near(name, rows))
        )
    if open_:
        made = _in_folder(trials, [names[i] for i in open_], folder)
        for i, row in zip(open_, made):
            found[i] = row
    return found


def trial_speakers(trials, rows):
    """Finds the speaker of each file of a trial list, where it is known.

    Speakers are the `spk_id` of the rows or, where a row has none, the first
    folder of each name (`id10270/x6uYqmx31kE/00001.wav`). Folders may mean
    something else, so they count as speakers only if they agree with the label
    of every trial.

    Arguments
    ---------
    trials : Trials
        From `read_trials`.
    rows : list of dict
        From `trial_rows`.

    Returns
    -------
    list of str or None
        In the order of `trials.files`; None where speakers are unknown.

    Example
    -------
    >>> from sb_contrastive.data.trials.trial_list import Trials
    >>> labels = np.array([True, False])
    >>> enrol, test = np.array([0, 0]), np.array([1, 2])
    >>> trials = Trials(labels, enrol, test, ["ann/1", "ann/2", "bob/1"])
    >>> trial_speakers(trials, [{}, {}, {}])
    ['ann', 'ann', 'bob']
    """
    names = trials.audio()
    if trials.models:
        # A model is of the speaker of its files
        place = {name: i for i, name in enumerate(names)}
        first = [
            trials.models.get(i, [name])[0]
            for i, name in enumerate(trials.files)
        ]
        rows = [rows[place[name]] for name in first]
        names = first
    if all(row.get("spk_id") for row in rows):
        return [str(row["spk_id"]) for row in rows]
    parts = [PurePosixPath(name).parts for name in names]
    if any(len(p) < 2 for p in parts):
        return None
    speakers = [p[0] for p in parts]
    _, code = np.unique(speakers, return_inverse=True)
    same = code[trials.enrol] == code[trials.test]
    return speakers if np.array_equal(same, trials.labels) else None


def _in_rows(trials, names, rows, kind):
    """Find a row, or None, for each name."""
    # names of one list are nearly always equally deep: one pass over the rows
    depths = {name.count("/") + 1 for name in names}
    wanted = set(names)
    stems = {_stem(name) for name in names}
    known, alike = {}, {}
    for row in rows:
        parts = row["wav"].split("/")
        ends = {"/".join(parts[-depth:]) for depth in depths}
        for name in (ends | {row["ID"]}) & wanted:
            known.setdefault(name, []).append(row)
        for stem in {_stem(end) for end in ends} & stems:
            alike.setdefault(stem, []).append(row)
    for name in wanted - known.keys():
        if _stem(name) in alike:
            known[name] = alike[_stem(name)]
    for name, matches in known.items():
        if len(matches) > 1:
            first, second = map(source_of, matches[:2])
            raise ValueError(
                f"{_place(trials, name)} names {name}, which stands for "
                f"{len(matches)} {kind}s, such as {first} and {second}; "
                "give it more of its path, or the ID of a row"
            )
    return [known.get(name, [None])[0] for name in names]


def _stem(name):
    """Cut the suffix of audio off a name."""
    is_audio = suffix(name) in READABLE | UNREADABLE
    return os.path.splitext(name)[0] if is_audio else name


def _in_folder(trials, names, folder):
    """Make rows of the files of a folder."""
    folder = Path(folder).expanduser().absolute()
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    paths = [_path_of(folder, name) for name in names]
    headers = read_headers(paths)
    missing = [i for i, h in enumerate(headers) if h.problem == "missing"]
    if missing:
        name, place = names[missing[0]], Path(paths[missing[0]])
        while not place.parent.is_dir():
            place = place.parent
        raise FileNotFoundError(
            f"{_place(trials, name)} names {name}, {_others(missing)}but there "
            f"is no {place.name} in {place.parent}; {_model(trials, name)}give "
            f"--trials_folder, the folder where the names begin"
            + did_you_mean(place.name, os.listdir(place.parent))
        )
    rows = []
    for name, path, header in zip(names, paths, headers):
        if header.problem:
            raise ValueError(
                f"{_place(trials, name)} names {path}, which is {header.problem}"
            )
        rows.append(
            {
                "ID": safe_id("--".join(PurePosixPath(_stem(name)).parts)),
                "duration": header.frames / header.sample_rate,
                "wav": Path(path).as_posix(),
                "start": 0,
                "stop": header.frames,
                SOURCE: path,
            }
        )
    return rows


def _path_of(folder, name):
    """Return the file of a name, with any suffix where it has not its own."""
    path = os.path.normpath(folder / name)
    if "\0" in path or os.path.isfile(path):
        return path
    for kind in (*COMMON, *sorted(READABLE)):
        for stem in (path, _stem(path)):
            if os.path.isfile(f"{stem}{kind}"):
                return f"{stem}{kind}"
    return path


def _others(missing):
    """Say how many names are missing, as part of a sentence."""
    more = len(missing) - 1
    return f"one of {more + 1} names that are missing, " if more else ""


def _near(name, rows):
    """List the names that the rows could have, as deep as the given one."""
    depth = name.count("/") + 1
    known = {"/".join(row["wav"].split("/")[-depth:]) for row in rows}
    top = name.split("/")[0] + "/"
    return [k for k in known if k.startswith(top)] or sorted(known)


def _place(trials, name):
    """Return where a name first stands: in the trial list, or in that of models."""
    for i, files in trials.models.items():
        if name in files and name not in trials.files:
            return f"{trials.models_source} (model {trials.files[i]})"
    return trials.places()[trials.files.index(name)]


def _model(trials, name):
    """Say how to mend a name that may be that of a model without files."""
    number = trials.files.index(name) if name in trials.files else None
    if trials.models_source is None or number not in trials.enrol:
        return ""
    return (
        f"if it is a model, add a line with its files to "
        f"{trials.models_source}, else "
    )


def _a(kind):
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
