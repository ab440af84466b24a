"""Speakers who are enrolled with several files: a list beside the trials names these."""

import numpy as np

# CN-Celeb has enroll.lst (one file for each model) and enroll.map (several);
# Kaldi has spk2utt
NAMES = ("enroll.lst", "enroll.map", "enrol.lst", "enrol.map", "spk2utt")


def models_beside(path):
    """Finds the list of models beside a trial list.

    Arguments
    ---------
    path : Path
        The trial list.

    Returns
    -------
    Path or None
    """
    places = places_beside(path)
    return next((place for place in places if place.is_file()), None)


def places_beside(path):
    """Lists the places where a list of models may stand; the first counts.

    Arguments
    ---------
    path : Path
        The trial list.

    Returns
    -------
    list of Path
    """
    return [path.parent / name for name in NAMES]


def read_models(path):
    """Reads the files of each model.

    Arguments
    ---------
    path : Path
        Lines of a model and its files, separated by blanks.

    Returns
    -------
    dict of str to list of str

    Raises
    ------
    ValueError
        When a model has no file, or stands there twice.

    Example
    -------
    >>> path = getfixture("tmp_path") / "enroll.map"
    >>> _ = path.write_text("ann-enroll ann/1.wav ann/2.wav\\n")
    >>> read_models(path)
    {'ann-enroll': ['ann/1.wav', 'ann/2.wav']}
    """
    models = {}
    try:
        with open(path, encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                name, *files = line.split() or [None]
                if name is None:
                    continue
                if not files or name in models:
                    what = "no file" if not files else "two lines"
                    raise ValueError(
                        f"{path}:{number}: the model {name} has {what}; a line"
                        " is a model and all of its files"
                    )
                models[name] = files
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not text in UTF-8: {error}") from error
    return models


def mean_of_models(z, trials):
    """Averages the embeddings of the files of each model.

    Arguments
    ---------
    z : numpy.ndarray
        Embeddings of `trials.audio()`, [M, D] or [M, n, D].
    trials : Trials
        N names.

    Returns
    -------
    numpy.ndarray
        [N, D] or [N, n, D]; of a model the mean of unit vectors, so that no
        file counts for more than another.

    Example
    -------
    >>> from sb_contrastive.data.trials.trial_list import Trials
    >>> trials = Trials([True], [0], [1], ["ann", "c"], models={0: ["a", "b"]})
    >>> mean_of_models(np.array([[2.0, 0.0], [0.0, 3.0], [1.0, 1.0]]), trials)
    array([[0.5, 0.5],
           [1. , 1. ]])
    """
    if not trials.models:
        return z
    place = {name: i for i, name in enumerate(trials.audio())}
    length = np.linalg.norm(z, axis=-1, keepdims=True)
    unit = z / np.maximum(length, np.finfo(z.dtype).tiny)
    pooled = []
    for i, name in enumerate(trials.files):
        files = trials.models.get(i)
        if files is None:
            pooled.append(z[place[name]])
        else:
            pooled.append(unit[[place[file] for file in files]].mean(axis=0))
    return np.stack(pooled)
