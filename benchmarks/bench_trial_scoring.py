#!/usr/bin/env python3
"""Times the scoring of a list of a million trials whose files are embedded.

    python benchmarks/bench_trial_scoring.py --trials 1000000 --files 145000

There are as many files as in VoxCeleb1-E, and nearly twice as many trials. The
script times reading the list, cosine scores, AS-norm, and EER with minDCF, and
then the bootstrap over speakers on a small list and on one of the size of
VoxCeleb1-O.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from sb_contrastive.data.trials.trial_list import Trials, read_trials
from sb_contrastive.evaluation import (
    as_norm,
    cosine_scores,
    verification_intervals,
    verification_report,
)


def write_list(path, trials, files, generator):
    """Write a random list in VoxCeleb's format; half of its trials are targets."""
    per_speaker = 100
    speakers = files // per_speaker
    label = generator.random(trials) < 0.5
    first = generator.integers(speakers, size=trials)
    other = generator.integers(1, speakers, size=trials)
    second = np.where(label, first, (first + other) % speakers)
    i, j = generator.integers(per_speaker, size=(2, trials))
    j = np.where(label & (i == j), (j + 1) % per_speaker, j)
    with open(path, "w") as file:
        for row in zip(label.astype(int), first, i, second, j):
            file.write("%d id%05d/video/%05d.wav id%05d/video/%05d.wav\n" % row)


def timed(what, function, *arguments, **options):
    start = time.perf_counter()
    result = function(*arguments, **options)
    spent = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"{what:28} {spent:7.2f} s, peak of the process {peak:.0f} MB")
    return result


def bootstrap(trials, speakers, draws, generator):
    """Time the confidence intervals of a random list."""
    per_speaker = 100
    name = np.repeat(np.arange(speakers), per_speaker)
    first, second = generator.integers(len(name), size=(2, trials))
    # every other trial pairs two files of one speaker
    even = np.arange(trials) % 2 == 0
    second = np.where(even, first // 100 * 100 + second % 100, second)
    labels = name[first] == name[second]
    scores = generator.standard_normal(trials) + 2 * labels
    pairs = Trials(labels, first, second, name.tolist())
    what = f"{draws} resamples of {trials} trials"
    timed(what, verification_intervals, scores, pairs, name, draws)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=145_000)
    parser.add_argument("--dimensions", type=int, default=192)
    parser.add_argument("--cohort", type=int, default=3_000)
    parser.add_argument("--draws", type=int, default=1_000)
    options = parser.parse_args()
    generator = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trials.txt"
        sizes = options.trials, options.files
        timed("(write the list)", write_list, path, *sizes, generator)
        trials = timed(f"read {options.trials} trials", read_trials, path)
    shape = len(trials.files), options.dimensions
    z = generator.standard_normal(shape, dtype=np.float32)
    cohort = z[: options.cohort] + 1
    scores = timed("cosine scores", cosine_scores, z, trials)
    timed(f"AS-norm, {len(z)} files", as_norm, scores, z, trials, cohort)
    timed("EER and minDCF", verification_report, scores, trials)
    bootstrap(6_000, 30, options.draws, generator)
    bootstrap(37_000, 40, options.draws, generator)


if __name__ == "__main__":
    main()
