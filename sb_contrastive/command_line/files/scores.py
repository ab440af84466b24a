"""Writes the score of each trial of a list."""

import csv

from sb_contrastive.files import write_atomically


def write_scores(path, trials, scores):
    """Write a CSV with a line for each trial, in the order of the list.

    Arguments
    ---------
    path : pathlib.Path
        The file, with the columns `enrol`, `test`, `target` (1 for the same
        speaker, else 0) and `score`.
    trials : Trials
        The trials.
    scores : numpy.ndarray
        Theirs [T].

    Example
    -------
    >>> import numpy as np
    >>> from sb_contrastive.data.trials.trial_list import Trials
    >>> trials = Trials(
    ...     np.array([True, False]), np.array([0, 0]), np.array([1, 2]),
    ...     ["a.wav", "b.wav", "c.wav"],
    ... )
    >>> path = getfixture("tmp_path") / "mine.csv"
    >>> write_scores(path, trials, np.array([0.75, -0.5]))
    >>> print(path.read_text().strip())
    enrol,test,target,score
    a.wav,b.wav,1,0.750000
    a.wav,c.wav,0,-0.500000
    """
    names = trials.files
    rows = zip(
        trials.enrol.tolist(),
        trials.test.tolist(),
        trials.labels.tolist(),
        scores.tolist(),
    )

    def write(partial):
        with open(partial, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["enrol", "test", "target", "score"])
            for enrol, test, same, score in rows:
                writer.writerow(
                    [names[enrol], names[test], int(same), f"{score:.6f}"]
                )

    write_atomically(path, write)
