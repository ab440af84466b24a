"""K-means of many embeddings, by scikit-learn or, where it is installed, by faiss."""

import importlib.util

import numpy as np

FROM = (
    50000  # items from which faiss saves time, see benchmarks/bench_kmeans.py
)
ITERATIONS = 10
SEARCHED = 5  # lists of near centres in which the nearest one is sought


def k_means_library(N):
    """Tell which library clusters so many items: results differ a little.

    Arguments
    ---------
    N : int
        Items.

    Returns
    -------
    str
        "faiss" or "scikit-learn".

    Example
    -------
    >>> k_means_library(100)
    'scikit-learn'
    """
    if N >= FROM and importlib.util.find_spec("faiss"):
        return "faiss"
    return "scikit-learn"


def small_groups(vectors, count, seed, library=None):
    """Make many small groups by ten iterations of k-means (Lloyd 1982) from
    random items.

    scikit-learn compares each item with each centre. faiss keeps the centres in
    lists of near ones and compares with those of the five nearest lists, so that
    centres may move a little less well; in the end each item is compared with
    all of them.

    Arguments
    ---------
    vectors : numpy.ndarray
        float32 [N, D].
    count : int
        K, at most N.
    seed : int
        Of the items that centres begin as.
    library : str, optional
        "faiss" or "scikit-learn"; that of `k_means_library` when absent.

    Returns
    -------
    means : numpy.ndarray
        Centre of each group [K, D]; fewer where one has stayed empty.
    labels : numpy.ndarray
        Group of each item [N].

    Example
    -------
    >>> z = np.array([[1, 0], [0, 1], [0.9, 0], [0, 0.9]], np.float32)
    >>> means, labels = small_groups(z, 2, seed=3)
    >>> bool(labels[0] == labels[2] != labels[1] == labels[3])
    True
    """
    if (library or k_means_library(len(vectors))) == "faiss":
        return _by_faiss(np.ascontiguousarray(vectors), count, seed)
    from sklearn.cluster import KMeans  # slow to import

    means = KMeans(
        count, init="random", n_init=1, max_iter=ITERATIONS, random_state=seed
    ).fit(vectors)
    return means.cluster_centers_, means.labels_


def _by_faiss(vectors, count, seed):
    import faiss

    D = vectors.shape[1]
    lists = min(round(4 * count**0.5), count)
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(D), D, lists)
    index.nprobe = SEARCHED
    index.cp.seed, index.cp.min_points_per_centroid = seed, 1
    clustering = faiss.Clustering(D, count)
    clustering.niter, clustering.seed = ITERATIONS, seed
    # All items and no warning: groups are meant to be small
    clustering.max_points_per_centroid = len(vectors)
    clustering.min_points_per_centroid = 1
    clustering.train(vectors, index)
    centres = faiss.vector_to_array(clustering.centroids).reshape(count, D)
    found = faiss.knn(vectors, centres, 1)[1][:, 0]  # [N]
    _, labels, sizes = np.unique(found, return_inverse=True, return_counts=True)
    first = np.concatenate([[0], sizes.cumsum()[:-1]])
    sums = np.add.reduceat(vectors[labels.argsort(kind="stable")], first)
    return sums / sizes[:, None], labels
