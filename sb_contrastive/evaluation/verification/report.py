"""Report of scored verification trials: error rates, intervals and counts."""

from sb_contrastive.evaluation.verification.bootstrap import (
    verification_intervals,
)
from sb_contrastive.evaluation.verification.calibration import (
    actual_dcf,
    cllr,
    min_cllr,
)
from sb_contrastive.evaluation.verification.error_rates import (
    METRICS,
    P_TARGETS,
    eer,
    min_dcf,
)
from sb_contrastive.evaluation.verification.scores.score_array import (
    labelled_scores,
)


def verification_report(
    scores, trials, speakers=None, draws=1000, seed=0, calibration=None
):
    """Computes EER and minDCF of scored trials, with intervals if the speakers
    are known; and with a calibration what its log-likelihood ratios cost.

    Arguments
    ---------
    scores : array
        [T], in the order of the trials; higher means more alike.
    trials : Trials
        Labels and files of the trials.
    speakers : sequence, optional
        Speaker of each of `trials.files`, from `trial_speakers`.
    draws : int
        Bootstrap resamples.
    seed : int
        Seed of the bootstrap.
    calibration : Calibration, optional
        Turns these scores into log-likelihood ratios.

    Returns
    -------
    report : dict
        `EER` (fraction), `minDCF_0.01`, `minDCF_0.05` (normalised),
        `EER_threshold`; `targets`, `nontargets`, `files`, `speakers` as
        counts (the last None if unknown); `intervals` as {metric: [low,
        high]} at 95 %, empty if speakers are unknown; `interval_method` says
        what was resampled, or why there is no interval. With a calibration
        also `Cllr` and `min_Cllr` (bits), and `actDCF_0.01`, `actDCF_0.05`.

    Example
    -------
    >>> from sb_contrastive.data.trials.trial_list import Trials
    >>> import numpy as np
    >>> labels, first = np.array([True, False]), np.array([0, 0])
    >>> trials = Trials(labels, first, np.array([1, 2]), list("abc"))
    >>> report = verification_report([0.9, 0.1], trials)
    >>> report["EER"], report["interval_method"]
    (0.0, 'none: the speakers of the trials are unknown')
    """
    scores, labels = labelled_scores(scores, trials.labels)
    sides = scores[labels], scores[~labels]
    rate, threshold = eer(*sides)
    costs = (min_dcf(*sides, p_target=p)[0] for p in P_TARGETS)
    report = dict(zip(METRICS, (rate, *costs)))
    report.update(
        EER_threshold=threshold,
        targets=len(sides[0]),
        nontargets=len(sides[1]),
        files=len(trials.files),
        speakers=None,
        intervals={},
        interval_method="none: the speakers of the trials are unknown",
    )
    llrs = None if calibration is None else calibration.llr(scores)
    if llrs is not None:
        llrs_of = llrs[labels], llrs[~labels]
        report.update(Cllr=cllr(*llrs_of), min_Cllr=min_cllr(*sides))
        for p in P_TARGETS:
            report[f"actDCF_{p:g}"] = actual_dcf(*llrs_of, p_target=p)
    if speakers is not None:
        S = len(set(map(str, speakers)))
        report["intervals"] = verification_intervals(
            scores, trials, speakers, draws, seed, llrs=llrs
        )
        report["speakers"] = S
        report["interval_method"] = (
            f"95 %, bootstrap over {S} speakers, {draws} resamples"
        )
    return report
