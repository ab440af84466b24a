"""Measures how long it takes to group embeddings by speaker, and how much memory.

    python benchmarks/bench_speakers.py [--files 100000] [--speakers 2000] [--no_faiss]

The embeddings are made up: a random direction for each speaker, and noise. So the
time and the memory mean something, and how well speakers are found does not.
"""

import argparse
import resource
import time

import numpy as np
from sklearn.metrics import adjusted_rand_score

from sb_contrastive.evaluation.clustering import group_speakers, kmeans
from sb_contrastive.evaluation.verification.calibration import fit_unlabelled


def made_up(files, speakers, D=192):
    """Return embeddings [N, D], and the speaker of each."""
    rng = np.random.default_rng(0)
    speaker = rng.integers(0, speakers, files)
    voices = rng.standard_normal((speakers, D), dtype=np.float32)
    noise = rng.standard_normal((files, D), dtype=np.float32)
    return voices[speaker] + 0.8 * noise, speaker


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100000)
    parser.add_argument("--speakers", type=int, default=2000)
    parser.add_argument("--no_faiss", action="store_true")
    options = parser.parse_args()
    if options.no_faiss:
        kmeans.FROM = options.files + 1
    z, speaker = made_up(options.files, options.speakers)
    begin = time.perf_counter()
    calibration = fit_unlabelled(z).calibration
    print(f"calibrated in {time.perf_counter() - begin:.1f} s")
    begin, used = time.perf_counter(), time.process_time()
    found = group_speakers(z, calibration)
    seconds, used = time.perf_counter() - begin, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{options.files} embeddings: {found.labels.max() + 1} speakers of "
        f"{options.speakers}, adjusted Rand index "
        f"{adjusted_rand_score(speaker, found.labels):.3f}, {used:.0f} s of "
        f"processor time, {seconds:.0f} s, "
        f"{peak:.1f} GB at the most"
    )
