#!/usr/bin/env python3
"""Times DINOLoss against a loop over the pairs of crops, at the paper's size.

    python benchmarks/bench_dino_loss.py [--prototypes 65536] [--batch 32]

The loss sums over the teacher's crops before the inner product, so its cost
grows with the number of crops, not with the number of pairs.
"""

import argparse
import time

import torch

from sb_contrastive.losses import DINOLoss


def pair_by_pair(loss, student, teacher):
    """Compute the same value, one pair of crops at a time."""
    targets = loss.targets(teacher)
    terms = [
        -(targets[g] * (student[v] / loss.student_temperature).log_softmax(-1))
        .sum(-1)
        .mean()
        for g in range(len(teacher))
        for v in range(len(student))
        if v != g
    ]
    return torch.stack(terms).mean()


def seconds(function, repeats):
    function()
    start = time.perf_counter()
    for _ in range(repeats):
        function()
    return (time.perf_counter() - start) / repeats


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prototypes", type=int, default=65536)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    B, K = options.batch, options.prototypes
    for G, V in ((2, 6), (2, 10), (4, 16)):
        loss = DINOLoss(K).eval()
        student = torch.rand(V, B, K, requires_grad=True)
        teacher = torch.rand(G, B, K)
        ours, slow = (
            loss(student, teacher),
            pair_by_pair(loss, student, teacher),
        )
        torch.testing.assert_close(ours, slow)
        fast = seconds(
            lambda: loss(student, teacher).backward(), options.repeats
        )
        loop = seconds(
            lambda: pair_by_pair(loss, student, teacher).backward(),
            options.repeats,
        )
        print(
            f"{G} long of {V} crops: {fast:.2f} s, pair by pair {loop:.2f} s, "
            f"ratio {loop / fast:.1f}"
        )


if __name__ == "__main__":
    main()
