#!/usr/bin/env python3
"""Counts how often the bootstrap intervals of the EER contain its true value.

    python benchmarks/check_interval_coverage.py --lists 200

A simulated test list has all pairs of eight files of a few speakers, who differ
in voice and in how much they vary. The true EER is that of `--population`
speakers. A correct 95 % interval contains it in 95 % of the lists.
"""

import argparse

import numpy as np
from tqdm import tqdm

from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.evaluation import eer, verification_intervals
from sb_contrastive.evaluation.verification.weighted_rates import (
    weighted_metrics,
)

FILES, DIMENSIONS = 8, 8


def simulate(speakers, generator):
    """Draw cosine scores of all pairs of files, with the trials and the speakers."""
    name = np.repeat(np.arange(speakers), FILES)
    deviation = generator.uniform(0.5, 1.1, (speakers, 1))[name]
    z = generator.standard_normal((speakers, DIMENSIONS))[name]
    z = z + deviation * generator.standard_normal(z.shape)
    u = z / np.linalg.norm(z, axis=1, keepdims=True)
    first, second = np.triu_indices(len(name), 1)
    labels = name[first] == name[second]
    trials = Trials(labels, first, second, name.tolist())
    return (u @ u.T)[first, second], trials, name


def resample_trials(scores, trials, draws, generator):
    """Compute the interval that treats the trials as independent."""
    T = len(scores)
    weights = generator.multinomial(T, [1 / T] * T, size=draws)
    found = weighted_metrics(scores, trials.labels, weights)["EER"]
    return np.quantile(found, [0.025, 0.975])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lists", type=int, default=200)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--population", type=int, default=600)
    parser.add_argument("--speakers", type=int, nargs="+", default=[6, 10, 20])
    options = parser.parse_args()
    generator = np.random.default_rng(0)
    scores, trials, _ = simulate(options.population, generator)
    true = eer(scores[trials.labels], scores[~trials.labels])[0]
    print(f"true EER {100 * true:.1f} %")
    for speakers in options.speakers:
        contained = np.zeros(2)
        for seed in tqdm(range(options.lists), leave=False):
            scores, trials, name = simulate(speakers, generator)
            intervals = (
                verification_intervals(
                    scores, trials, name, options.draws, seed
                )["EER"],
                resample_trials(scores, trials, options.draws, generator),
            )
            contained += [low <= true <= high for low, high in intervals]
        ours, naive = 100 * contained / options.lists
        print(
            f"{speakers} speakers: intervals from speakers contain it in "
            f"{ours:.0f} % of {options.lists} lists, from trials in {naive:.0f} %"
        )


if __name__ == "__main__":
    main()
