"""The table of pseudo-labels: the cluster of each utterance, and whether it is trained on."""

import csv

from sb_contrastive.files import write_atomically

LABELS = "pseudo_labels.csv"
COLUMN = "cluster"


def write_labels(path, ids, groups, kept):
    """Write a CSV with a line for each utterance.

    Arguments
    ---------
    path : pathlib.Path
        The file, with the columns `ID`, `cluster` (from 1), `cosine` (to the
        centre of the cluster) and `kept` (1, or 0 of what is left out).
    ids : list of str
        The N utterances.
    groups : Groups
        Their clusters.
    kept : numpy.ndarray
        Booleans [N].

    Example
    -------
    >>> import numpy as np
    >>> from sb_contrastive.evaluation.clustering import Groups
    >>> groups = Groups(np.array([0, 1]), np.ones(2), np.ones(2), 0.5, (2, 2))
    >>> path = getfixture("tmp_path") / "labels.csv"
    >>> write_labels(path, ["a", "b"], groups, np.array([True, False]))
    >>> print(path.read_text().strip())
    ID,cluster,cosine,kept
    a,1,1.0000,1
    b,2,1.0000,0
    >>> read_labels(path)
    {'a': '1'}
    """

    def write(partial):
        with open(partial, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["ID", COLUMN, "cosine", "kept"])
            columns = groups.labels, groups.cosines, kept
            for name, label, cosine, use in zip(ids, *columns):
                row = [name, int(label) + 1, f"{cosine:.4f}", int(use)]
                writer.writerow(row)

    write_atomically(path, write)


def read_labels(path):
    """Read the clusters of the utterances that are kept.

    Arguments
    ---------
    path : pathlib.Path
        From `write_labels`.

    Returns
    -------
    dict of str to str
        Utterance -> cluster.
    """
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return {r["ID"]: r[COLUMN] for r in rows if r["kept"] == "1"}


def labelled_by_clusters(rows, clusters, stage):
    """Give rows their clusters, and leave out those that have none.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.
    clusters : dict of str to str
        From `read_labels`.
    stage : str
        The stage of these clusters: those of another have other names.

    Returns
    -------
    list of dict
        New rows.

    Example
    -------
    >>> labelled_by_clusters([{"ID": "a"}, {"ID": "b"}], {"b": "7"}, "cluster_1")
    [{'ID': 'b', 'cluster': 'cluster_1/7'}]
    """
    return [
        {**row, COLUMN: f"{stage}/{clusters[row['ID']]}"}
        for row in rows
        if row["ID"] in clusters
    ]
