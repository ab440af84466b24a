"""Says in plain words that an encoder has collapsed, and what usually helps."""

import math

FROM = 0.1  # progress: networks just drawn may look alike to the figures

SAME = "nearly all utterances have the same embedding"
HELPS = (
    "lower the learning rate or use larger batches, and see in the log since "
    "which epoch"
)


def collapse_warnings(figures, prototypes=None):
    """Sentences about figures of a validation part that look like a collapse.

    Arguments
    ---------
    figures : dict of str to float
        `embedding_std`, `effective_rank`, `projection_std`, `teacher_entropy`
        (nats) and `prototype_perplexity`, as far as they are known.
    prototypes : int, optional
        K, for the entropy.

    Returns
    -------
    list of str
        Empty where all is well.

    Example
    -------
    >>> collapse_warnings({"embedding_std": 0.8, "effective_rank": 40.0})
    []
    >>> len(collapse_warnings({"embedding_std": 0.02, "effective_rank": 1.1}))
    2
    """
    said = []
    std = figures.get("embedding_std", 1.0)
    if std < 0.1:
        said.append(
            f"embedding_std is {std:.2g}, near 0: {SAME}; {HELPS} it fell"
        )
    rank = figures.get("effective_rank", math.inf)
    if rank < 1.5:
        said.append(
            f"effective_rank is {rank:.2g}, near 1: the embeddings use one "
            f"direction; {HELPS} it fell"
        )
    spread = figures.get("projection_std", 1.0)
    if spread < 0.5:
        said.append(
            f"projection_std is {spread:.2g}, below 0.5: the predictor does not "
            f"keep the projections apart; {HELPS} it fell"
        )
    used = figures.get("prototype_perplexity", math.inf)
    if used < 1.5:
        said.append(
            f"prototype_perplexity is {used:.2g}, near 1: the teacher gives "
            f"all crops the same prototype; raise the teacher's temperature, "
            f"or check that the loss has a centre (center_momentum below 1)"
        )
    entropy = figures.get("teacher_entropy")
    if entropy is not None and prototypes:
        share = entropy / math.log(prototypes)
        if share < 0.01:
            said.append(
                f"teacher_entropy is {entropy:.2g} of at most "
                f"{math.log(prototypes):.3g}, near 0: each target is one "
                f"prototype alone; raise the teacher's temperature (0.04 to "
                f"0.07 is usual)"
            )
        elif share > 0.99:
            said.append(
                f"teacher_entropy is {entropy:.3g} of at most "
                f"{math.log(prototypes):.3g}: the targets are uniform and say "
                f"nothing; lower the teacher's temperature (to 0.02) or raise "
                f"the learning rate"
            )
    return said
