#!/usr/bin/env python3
"""Computes the floor of every result: MFCC statistics without any network.

    python benchmarks/mfcc_floor.py results/dino_ser/1986
    python benchmarks/mfcc_floor.py results/ntxent_am_sv/1986 --trials list.txt,other.txt

A file is described by mean and standard deviation of 24 MFCCs and the standard
deviation of their deltas, over the louder half of its frames. The argument is
the output folder of an experiment, whose manifests are read. For emotions, an
SVM (RBF, C = 10, balanced, standardised) is trained on all folds but the test
fold. For trial lists, the score is the cosine after standardising on the
training audio, with and without AS-norm against that audio. `--no_means` leaves
the means of the MFCCs out: they contain the channel, which networks that
normalise their features do not see.
"""

import argparse
import statistics
from pathlib import Path

import numpy as np
import torch
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from speechbrain.lobes.features import MFCC
from tqdm import tqdm

from sb_contrastive.data.audio.reading import read_span
from sb_contrastive.data.folds.folds import fold_names, split_fold
from sb_contrastive.data.manifests.manifest import read_manifest
from sb_contrastive.data.trials.trial_audio import trial_rows
from sb_contrastive.data.trials.trial_list import read_trials
from sb_contrastive.evaluation import (
    as_norm,
    classification_report,
    cosine_scores,
    eer,
    min_dcf,
)


def statistics_of(rows, means=True):
    """Compute MFCC statistics [N, 72], or [N, 48] without the means."""
    mfcc = MFCC(n_mfcc=24, n_mels=40, deltas=False)
    vectors = []
    for row in tqdm(rows, desc="MFCC", unit="file"):
        audio = read_span(row["wav"], int(row["start"]), int(row["stop"]))
        audio = torch.from_numpy(audio)[None]
        frames = mfcc(audio / audio.abs().max().clamp(min=1e-8))[0]  # [T, 24]
        deltas = torch.diff(frames, dim=0, prepend=frames[:1])
        loud = (
            frames[:, 0] >= frames[:, 0].median()
        )  # the first MFCC follows the energy
        frames, deltas = frames[loud], deltas[loud]
        parts = frames.mean(0), frames.std(0), deltas.std(0)
        vectors.append(torch.cat(parts if means else parts[1:]).numpy())
    return np.stack(vectors)


def emotions(rows, means):
    """Print WA and UA of the SVM, as means over folds."""
    x = statistics_of(rows, means)
    place = {r["ID"]: i for i, r in enumerate(rows)}
    classes = sorted({r["label"] for r in rows})
    found = []
    for fold in fold_names(rows):
        train, valid, test = split_fold(rows, fold)
        of = [[place[r["ID"]] for r in part] for part in (train + valid, test)]
        labels = [rows[i]["label"] for i in of[0]]
        svm = SVC(C=10, class_weight="balanced")
        guess = make_pipeline(StandardScaler(), svm).fit(x[of[0]], labels)
        truth = [rows[i]["label"] for i in of[1]]
        found.append(
            classification_report(truth, guess.predict(x[of[1]]), classes)
        )
    for metric in ("WA", "UA"):
        mean = statistics.fmean(report[metric] for report in found)
        print(f"{metric} {100 * mean:.1f} % ({len(found)} folds)")


def speakers(folder, lists, means):
    """Print EER and minDCF of each trial list."""
    training = read_manifest(folder / "manifests" / "training.csv")
    tested = read_manifest(folder / "manifests" / "trials.csv")
    cohort = statistics_of(training, means)
    scale = StandardScaler().fit(cohort)
    cohort = scale.transform(cohort)
    top = min(300, len(cohort))
    for path in lists:
        trials = read_trials(path)
        rows = trial_rows(trials, tested)
        z = scale.transform(statistics_of(rows, means))
        cosine = cosine_scores(z, trials)
        normed = as_norm(cosine, z, trials, cohort, top)
        for way, scores in (("cosine", cosine), ("AS-norm", normed)):
            sides = scores[trials.labels], scores[~trials.labels]
            costs = [min_dcf(*sides, p_target=p)[0] for p in (0.01, 0.05)]
            costs = ", ".join(f"{cost:.2f}" for cost in costs)
            rate = f"EER {100 * eer(*sides)[0]:.1f} %"
            print(f"{path}, {way}: {rate}, minDCF {costs}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="output of an experiment")
    parser.add_argument(
        "--trials", default="", help="trial lists, comma-separated"
    )
    parser.add_argument(
        "--no_means",
        action="store_true",
        help="leave out the means of the MFCCs",
    )
    options = parser.parse_args()
    means = not options.no_means
    labelled = options.folder / "manifests" / "labelled.csv"
    if labelled.is_file():
        emotions(read_manifest(labelled), means)
    else:
        speakers(options.folder, options.trials.split(","), means)


if __name__ == "__main__":
    main()
