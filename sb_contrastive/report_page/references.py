"""Reference lines of training curves: what a value would be by chance, or at most."""

import math
import re

PROTOTYPES = re.compile(r"num_prototypes: (\d+)")
DIMENSION = re.compile(r"embedding_dim: (\d+)")
QUEUE = re.compile(r"KeyQueue\s+size: (\d+)")
# Brains whose loss is that of one contrastive objective
ALONE = re.compile(r"(SimCLR|MoCo)Brain")


def references_of(run, place, key):
    """List the reference lines of a quantity.

    Arguments
    ---------
    run : RunFolder
        For the settings of the training, and the classes.
    place : str
        Where its log lies, such as "pretrain".
    key : str
        Key of the log, such as "teacher_entropy".

    Returns
    -------
    list of tuple
        (text, value in the unit of the chart).
    """
    if key in ("speaker_eer", "EER"):
        return [("chance", 50.0)]
    if key in ("UA", "WA"):
        return _chance(run, key)
    brain = _brain(run, place)
    K = _number(PROTOTYPES, brain)
    if key in ("teacher_entropy", "dino") and K:
        return [(f"log K, K = {K} prototypes", math.log(K))]
    if key in ("nt_xent", "moco", "loss"):
        return _contrastive(run, place, brain, alone=key == "loss")
    if key == "embedding_std":
        return [("isotropic", 1.0)]
    return []


def upper_limit(run, place, key):
    """Return the largest value that a quantity can have, as text for its title."""
    D = _number(DIMENSION, _brain(run, place))
    return f", at most {D}" if key == "effective_rank" and D else ""


def _contrastive(run, place, brain, alone):
    """Return the loss of a network that cannot tell the positive from the
    negatives: the logarithm of how many there are together."""
    if alone and not ALONE.search(brain):
        return []
    queue = _number(QUEUE, brain)
    if queue and "MoCo" in brain:
        count, text = queue + 1, "log(1 + queue)"
    elif "NTXent" in brain:
        values = run.settings.get(place.split("/")[0], {})
        N = int(values.get("pretrain_batch_size") or 0)
        both = "symmetric: false" not in brain
        count = 2 * N - 1 if both else N
        text = "log(2N − 1)" if both else "log N"
    else:
        return []
    if count < 2:
        return []
    return [(f"chance, {text} = {math.log(count):.2f}", math.log(count))]


def _brain(run, place):
    """Return the Brain of a stage, as the settings write it."""
    values = run.settings.get(place.split("/")[0], {})
    return str(values.get("pretraining_brain") or "")


def _number(pattern, text):
    found = pattern.search(text)
    return found and int(found[1])


def _chance(run, key):
    """Return the score of always naming the most frequent class."""
    for entry in list(run.metrics.values())[:1]:
        if "pooled" not in entry:
            continue
        support = [sum(row) for row in entry["pooled"]["confusion"]]
        share = 1 / sum(n > 0 for n in support)
        if key == "WA":
            share = max(support) / sum(support)
        return [("chance", 100 * share)]
    return []
