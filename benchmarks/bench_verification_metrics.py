"""Times EER and minDCF at the size of VoxCeleb1-E and -H, and compares SpeechBrain's.

    python benchmarks/bench_verification_metrics.py --trials 580000

SpeechBrain's functions compare every score with every threshold, so the
comparison is made on a smaller number of trials, `--small`.
"""

import argparse
import time
import tracemalloc

import torch
from speechbrain.utils.metric_stats import EER, minDCF

from sb_contrastive.evaluation.verification.error_rates import eer, min_dcf


def random_scores(trials, seed=0):
    """Draw scores like cosines; half of the trials are targets."""
    generator = torch.Generator().manual_seed(seed)
    scores = 0.2 * torch.randn(trials, generator=generator)
    targets = trials // 2
    return scores[:targets] + 0.5, scores[targets:]


def seconds(function, *arguments, repeats):
    """Return the shortest time of several runs, and the last result."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = function(*arguments)
        times.append(time.perf_counter() - start)
    return min(times), result


def peak_megabytes(function, *arguments):
    """Return the peak of Python and NumPy allocations during one call."""
    tracemalloc.start()
    function(*arguments)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=580_000)
    parser.add_argument("--small", type=int, default=4_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()

    scores = random_scores(options.trials)
    for function in (eer, min_dcf):
        spent, (value, _) = seconds(function, *scores, repeats=options.repeats)
        print(
            f"{function.__name__:8} {options.trials} trials: {spent:.3f} s, "
            f"{peak_megabytes(function, *scores):.1f} MB extra, "
            f"value {value:.6f}"
        )

    scores = random_scores(options.small)
    p = 0.01  # SpeechBrain's default; its cost is not normalised
    for function, reference, scale in ((eer, EER, 1), (min_dcf, minDCF, p)):
        ours, (value, _) = seconds(function, *scores, repeats=options.repeats)
        theirs, (expected, _) = seconds(reference, *scores, repeats=1)
        print(
            f"{function.__name__:8} {options.small} trials: {1e3 * ours:.2f} "
            f"ms; SpeechBrain {1e3 * theirs:.0f} ms: {theirs / ours:.0f} times "
            f"longer, values differ by {abs(value - expected / scale):.1e}"
        )


if __name__ == "__main__":
    main()
