"""Comparison of systems on one trial list over the same seeds, with intervals from the same resamples of speakers."""

import numpy as np

from sb_contrastive.evaluation.resampling import resampled_intervals
from sb_contrastive.evaluation.verification.bootstrap import CHUNK
from sb_contrastive.evaluation.verification.error_rates import METRICS
from sb_contrastive.evaluation.verification.scores.score_array import (
    labelled_scores,
)
from sb_contrastive.evaluation.verification.weighted_rates import (
    sort_trials,
    sorted_eer,
    sorted_metrics,
    trial_weights,
    weighted_cllr,
)

DRAWS = 1000


def compare_over_seeds(
    systems, sides, against=None, draws=DRAWS, seed=0, llr=()
):
    """Computes EER and minDCF of each system and seed, and how far each system is
    from the baseline.

    Intervals are of the mean over seeds. Speakers are resampled as in
    `verification_intervals`, and every system and seed is measured on the same
    resamples: what makes a list hard for all is not in the difference.

    Arguments
    ---------
    systems : dict of str to dict
        Title -> {seed: scores [T]}.
    sides : TrialSides
        Of the trial list.
    against : str, optional
        Title of the baseline; it may be absent from `systems`.
    draws : int
        Number of resamples.
    seed : int
        Same seed, same resamples.
    llr : collection of str
        Titles of systems whose scores are log-likelihood ratios.

    Returns
    -------
    dict of str to dict
        Title -> `seeds`; for each metric its value of each seed, EER in percent
        and minDCF normalised; and `interval`, the 95 % interval of the mean EER.
        Where scores are log-likelihood ratios, also `Cllr` in bits for each seed,
        and `Cllr_interval`.
        Systems that share seeds with the baseline also have `gains`, EER less
        that of the baseline for each seed that both have, and `gain_interval`,
        that of their mean. Intervals are None where speakers are unknown or no
        resample holds trials of both kinds.

    Example
    -------
    >>> from sb_contrastive.evaluation.verification.over_seeds.kept_scores import TrialSides
    >>> pairs = np.triu_indices(6, 1)
    >>> first, second = (np.array([0, 0, 1, 1, 2, 2])[side] for side in pairs)
    >>> sides = TrialSides(first == second, first, second)
    >>> right, wrong = 1.0 * sides.labels, 1.0 - sides.labels
    >>> found = compare_over_seeds({"a": {1: right}, "b": {1: wrong}}, sides, "b")
    >>> found["a"]["EER"], found["a"]["gains"], found["a"]["gain_interval"]
    ([0.0], [-100.0], [-100.0, -100.0])
    """
    compared = _Compared(systems, sides.labels, against, llr)
    rows = compared.rows()
    if sides.first is None:
        limits = dict.fromkeys(compared.intervals())
    else:
        limits = resampled_intervals(
            lambda times_drawn: compared.means(
                trial_weights(times_drawn, *sides)
            ),
            1 + max(sides.first.max(), sides.second.max()),
            draws,
            seed,
            draws_at_once=max(1, CHUNK // len(sides.labels)),
        )
    for (title, name), interval in limits.items():
        rows[title][name] = interval
    return rows


class _Compared:
    """Holds the scores of `systems`, see `compare_over_seeds`, each list of them
    sorted once for all resamples."""

    def __init__(self, systems, labels, against, llr):
        self.systems, self.labels, self.against = systems, labels, against
        self.ordered = {
            title: {s: _sorted(x, labels) for s, x in seeds.items()}
            for title, seeds in systems.items()
        }
        base = systems.get(against, {})
        common = {t: [s for s in x if s in base] for t, x in systems.items()}
        self.common = {t: x for t, x in common.items() if x and t != against}
        self.calibrated = [title for title in systems if title in llr]

    def rows(self):
        """Measure the trials as they are: title -> figures of each seed."""
        rows, once = {}, np.ones((1, len(self.labels)), dtype=np.int64)
        for title, seeds in self.ordered.items():
            found = [
                sorted_metrics(labels, ends, once)
                for labels, _, ends in seeds.values()
            ]
            rows[title] = {"seeds": list(seeds)} | {
                name: [_scaled(name, metrics[name][0]) for metrics in found]
                for name in METRICS
            }
        for title in self.calibrated:
            found = _cllrs(self.systems[title], self.labels, once)
            rows[title]["Cllr"] = [float(value) for (value,) in found]
        for title, shared in self.common.items():
            own, other = (
                dict(zip(rows[t]["seeds"], rows[t]["EER"]))
                for t in (title, self.against)
            )
            rows[title]["gains"] = [own[s] - other[s] for s in shared]
        return rows

    def intervals(self):
        """List the intervals that there are: (title, name)."""
        names = {
            "interval": self.ordered,
            "gain_interval": self.common,
            "Cllr_interval": self.calibrated,
        }
        return [(title, name) for name in names for title in names[name]]

    def means(self, weights):
        """Measure means over seeds in resamples, where trials weigh [R, T]: one of
        `intervals` -> values [R]."""
        eer = {
            title: {
                s: 100 * sorted_eer(labels, ends, weights[:, order])
                for s, (labels, order, ends) in seeds.items()
            }
            for title, seeds in self.ordered.items()
        }
        values = {
            (title, "interval"): np.mean(list(seeds.values()), axis=0)
            for title, seeds in eer.items()
        }
        for title, shared in self.common.items():
            gaps = [eer[title][s] - eer[self.against][s] for s in shared]
            values[title, "gain_interval"] = np.mean(gaps, axis=0)
        for title in self.calibrated:
            found = _cllrs(self.systems[title], self.labels, weights)
            values[title, "Cllr_interval"] = np.mean(found, axis=0)
        return values


def _sorted(scores, labels):
    """Return labels [T] and order [T] of the trials by score, and their ends."""
    scores, labels = labelled_scores(scores, labels)
    order, ends = sort_trials(scores)
    return labels[order], order, ends


def _cllrs(seeds, labels, weights):
    """Measure the log-likelihood ratios of each seed, whose trials weigh [R, T]."""
    return [
        weighted_cllr(np.asarray(x, dtype=np.float64), labels, weights)
        for x in seeds.values()
    ]


def _scaled(metric, value):
    return float(100 * value if metric == "EER" else value)
