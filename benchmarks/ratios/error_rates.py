"""SpeechBrain's EER and minDCF against ours, whose values agree."""

from bench_verification_metrics import random_scores
from speechbrain.utils.metric_stats import EER, minDCF

from ratios.interleaved import ratio, seconds_of
from sb_contrastive.evaluation.verification.error_rates import eer, min_dcf

TRIALS = 4000


def measure(options):
    """Return one ratio for each of the two."""
    scores = random_scores(TRIALS)
    found = []
    for name, ours, theirs in (("EER", eer, EER), ("minDCF", min_dcf, minDCF)):
        ways = {
            "SpeechBrain's": lambda theirs=theirs: theirs(*scores),
            # Too short for the clock by itself
            "ours": lambda ours=ours: [ours(*scores) for _ in range(20)],
        }
        taken = seconds_of(ways, options.rounds)
        taken["ours"] = [seconds / 20 for seconds in taken["ours"]]
        what = f"{name}, {TRIALS} trials: SpeechBrain / ours"
        found.append(ratio(what, taken, "SpeechBrain's", "ours"))
    return found
