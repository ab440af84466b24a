"""Compares clusters with true classes, for judging clusterings; training never sees it."""

import numpy as np

FIGURES = "clusters.json"  # what a clustering is worth, beside its labels
JUDGED = "uses labels, for judging only"  # heading of its agreement, there


def agreement(clusters, classes):
    """Measure how well clusters agree with true classes.

    Arguments
    ---------
    clusters, classes : sequence
        Cluster and true class of each of N items.

    Returns
    -------
    dict of str to float
        `NMI`, normalised mutual information (arithmetic mean of the entropies);
        `ARI`, the adjusted Rand index (Hubert & Arabie 1985), 0 for chance; and
        `purity`, the share of items whose class is the most frequent one of
        their cluster.

    Example
    -------
    >>> found = agreement([0, 0, 1, 1], ["ann", "ann", "bob", "ann"])
    >>> {name: round(value, 3) for name, value in found.items()}
    {'NMI': 0.344, 'ARI': 0.0, 'purity': 0.75}
    """
    from sklearn import metrics  # imported late: it takes a second

    table = metrics.cluster.contingency_matrix(classes, clusters)
    return {
        "NMI": float(metrics.normalized_mutual_info_score(classes, clusters)),
        "ARI": float(metrics.adjusted_rand_score(classes, clusters)),
        "purity": float(np.max(table, axis=0).sum() / table.sum()),
    }
