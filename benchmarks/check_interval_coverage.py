#!/usr/bin/env python3
"""How often do the bootstrap intervals of the EER hold its true value?

    python benchmarks/check_interval_coverage.py --lists 200

Simulated test lists: all pairs of eight files of a few speakers, who differ in
voice and in how much they vary. The true EER is that of 600 speakers. An
honest 95 % interval holds it in 95 % of the lists.
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
    """Cosine scores of all pairs of files, the trials, and who speaks."""
    name = np.repeat(np.arange(speakers), FILES)
    spread = generator.uniform(0.5, 1.1, (speakers, 1))[name]
    z = generator.standard_normal((speakers, DIMENSIONS))[name]
    z = z + spread * generator.standard_normal(z.shape)
    u = z / np.linalg.norm(z, axis=1, keepdims=True)
    first, second = np.triu_indices(len(name), 1)
    labels = name[first] == name[second]
    trials = Trials(labels, first, second, name.tolist())
    return (u @ u.T)[first, second], trials, name


def resample_trials(scores, trials, draws, generator):
    """The interval one gets by taking trials for independent."""
    T = len(scores)
    weights = generator.multinomial(T, [1 / T] * T, size=draws)
    found = weighted_metrics(scores, trials.labels, weights)["EER"]
    return np.quantile(found, [0.025, 0.975])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lists", type=int, default=200)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--speakers", type=int, nargs="+", default=[6, 10, 20])
    options = parser.parse_args()
    generator = np.random.default_rng(0)
    scores, trials, _ = simulate(600, generator)
    true = eer(scores[trials.labels], scores[~trials.labels])[0]
    print(f"true EER {100 * true:.1f} %")
    for speakers in options.speakers:
        held = np.zeros(2)
        for seed in tqdm(range(options.lists), leave=False):
            scores, trials, name = simulate(speakers, generator)
            intervals = (
                verification_intervals(
                    scores, trials, name, options.draws, seed
                )["EER"],
                resample_trials(scores, trials, options.draws, generator),
            )
            held += [low <= true <= high for low, high in intervals]
        ours, naive = 100 * held / options.lists
        print(
            f"{speakers} speakers: resampling speakers holds it in {ours:.0f} "
            f"% of {options.lists} lists, resampling trials in {naive:.0f} %"
        )


if __name__ == "__main__":
    main()
