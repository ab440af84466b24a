"""Writes the speaker of each file."""

import csv

from sb_contrastive.files import write_atomically


def write_speakers(path, ids, wavs, groups):
    """Write a CSV with a line for each recording.

    Arguments
    ---------
    path : pathlib.Path
        The file, with the columns `ID`, `wav`, `speaker` (from 1), `cosine` and
        `sure` (empty where nothing tells it).
    ids, wavs : list of str
        Names of the recordings [N], and the paths of their files.
    groups : Groups
        Their speakers.

    Example
    -------
    >>> import numpy as np
    >>> from sb_contrastive.evaluation.clustering import Groups
    >>> groups = Groups(np.array([0, 1]), np.ones(2), np.array([0.5, np.nan]), 0.5, (2, 2))
    >>> path = getfixture("tmp_path") / "speakers.csv"
    >>> write_speakers(path, ["a", "b"], ["/w/a.wav", "/w/b.wav"], groups)
    >>> print(path.read_text().strip())
    ID,wav,speaker,cosine,sure
    a,/w/a.wav,1,1.0000,0.5000
    b,/w/b.wav,2,1.0000,
    """

    def write(partial):
        with open(partial, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["ID", "wav", "speaker", "cosine", "sure"])
            columns = groups.labels, groups.cosines, groups.sure
            for name, wav, label, cosine, sure in zip(ids, wavs, *columns):
                known = f"{sure:.4f}" if sure == sure else ""
                writer.writerow(
                    [name, wav, int(label) + 1, f"{cosine:.4f}", known]
                )

    write_atomically(path, write)
