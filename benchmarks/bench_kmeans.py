"""Measures from how many embeddings on faiss clusters them in less time than scikit-learn.

    pip install -e ".[faiss]"
    python benchmarks/bench_kmeans.py [--items 25000 50000 100000 200000]

The embeddings are made up as in `bench_speakers.py`. What is measured is processor
time, on one thread, so that other programs on the machine change it little. The
cost is the mean squared distance to the mean of the own group; "purity" is the
share of items of the most frequent speaker of their group.
"""

import argparse
import importlib.util
import time

import numpy as np
from bench_speakers import made_up
from threadpoolctl import threadpool_limits

from sb_contrastive.evaluation.clustering.agreement import agreement
from sb_contrastive.evaluation.clustering.kmeans import small_groups
from sb_contrastive.evaluation.clustering.tree import CENTRES


def cost(z, labels):
    """Return the mean squared distance to the mean of the own group."""
    sums = np.zeros((labels.max() + 1, z.shape[1]))
    np.add.at(sums, labels, z)
    means = sums / np.maximum(np.bincount(labels), 1)[:, None]
    own = means[labels].astype(np.float32)
    return float(np.square(z - own).sum(axis=1).mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    default = [25000, 50000, 100000, 200000]
    parser.add_argument("--items", type=int, nargs="*", default=default)
    parser.add_argument("--clusters", type=int, default=CENTRES)
    parser.add_argument("--speakers", type=int, default=2000)
    options = parser.parse_args()
    libraries = ["scikit-learn"]
    if importlib.util.find_spec("faiss"):
        import faiss

        faiss.omp_set_num_threads(1)
        libraries.append("faiss")
    else:
        print('faiss is not installed: pip install -e ".[faiss]"')
    for N in options.items:
        z, speaker = made_up(N, options.speakers)
        z /= np.linalg.norm(z, axis=1, keepdims=True)
        for library in libraries:
            with threadpool_limits(1):
                begin = time.process_time()
                labels = small_groups(z, options.clusters, 1986, library)[1]
                seconds = time.process_time() - begin
            purity = agreement(labels, speaker)["purity"]
            print(
                f"{N} items, {options.clusters} groups, {library}: "
                f"{seconds:.1f} s of processor time, cost "
                f"{cost(z, labels):.4f}, purity {purity:.3f}",
                flush=True,
            )
