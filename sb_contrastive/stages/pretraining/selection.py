"""Chooses the epoch of a pretraining that is kept: the last, or the best by measures without labels."""

from sb_contrastive.brains.logs.held_out import HeldOutCrops, watched
from sb_contrastive.evaluation.embeddings.label_free.measures import LEAST
from sb_contrastive.evaluation.embeddings.label_free.ranking import MEASURES
from sb_contrastive.suggestions import did_you_mean

LAST = "last"
# Measures without labels whose average rank chooses
SELECT = {
    LAST: (),
    "label_free": MEASURES,
    "crop_agreement": ("crop_eer", "cluster_stability"),
}
SELECTED = "selected_epoch"  # its key in log.json


def check_select(select, valid, brain=None, debug=False):
    """Refuse a way to choose the epoch that is none, or has nothing to choose by.

    Arguments
    ---------
    select : str
        What a user gave.
    valid : list of dict
        Rows that are held out.
    brain : TrainingBrain, optional
        One that was made to be looked at.
    debug : bool
        Whether the run is a debug run, whose few files choose nothing.

    Raises
    ------
    ValueError
        With the way to mend it.

    Example
    -------
    >>> check_select("lable_free", [])
    Traceback (most recent call last):
    ...
    ValueError: --select is one of last, label_free, crop_agreement, not 'lable_free'; did you mean 'label_free'?
    """
    if select not in SELECT:
        raise ValueError(
            f"--select is one of {', '.join(SELECT)}, not {select!r}"
            f"{did_you_mean(select, SELECT)}"
        )
    if select == LAST or debug:
        return
    if not watched(valid):
        raise ValueError(
            f"--select {select} measures {LEAST} held-out utterances or "
            f"more, and there are {len(valid)}: raise "
            f"--pretrain_validation_share, or give more audio"
        )
    averaged = getattr(brain, "checkpoints_kept", 1)
    if averaged > 1:
        raise ValueError(
            f"--select {select} keeps one epoch, and averaged_checkpoints "
            f"{averaged} the mean of the last ones: leave one of the two out"
        )


def watch(brain, valid, cache, select, judge=None):
    """Have a Brain measured after each epoch: by utterances that are held out,
    unless they are fewer than four, and by labels, where that is asked for.

    Arguments
    ---------
    brain : TrainingBrain
        About to be trained; its augmentation is prepared.
    valid : list of dict
        Rows that are held out.
    cache : FeatureCache or None
        Frames of a frozen encoder, where the Brain trains on those.
    select : str
        Which epoch is kept.
    judge : callable, optional
        From `judge_for`; it chooses nothing.
    """
    watchers = []
    if watched(valid):
        rate = getattr(brain.pretrained_encoder(), "sample_rate", 16000)
        cache = cache or getattr(brain.crops, "cache", None)
        watchers.append(
            HeldOutCrops(valid, brain.augmentation, cache, brain.device, rate)
        )
    if judge is not None:
        watchers.append(judge)
    brain.watch(*watchers, choose=SELECT[select])
