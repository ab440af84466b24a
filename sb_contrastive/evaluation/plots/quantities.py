"""The quantities of a training log, with the titles and units that plots give them."""

import math

# key of the log: (title, factor); listed in the order they are drawn
PANELS = {
    "loss": ("Loss", 1),
    "teacher_entropy": ("Teacher entropy (nats)", 1),
    "teacher_information": ("Teacher's information (nats)", 1),
    "kl": ("KL (teacher, student), nats", 1),
    "prototype_perplexity": ("Prototypes in use (perplexity)", 1),
    "bottleneck_rank": ("Effective rank of the bottleneck", 1),
    "bottleneck_common": ("Common part of the bottleneck (1 = one vector)", 1),
    "embedding_std": ("Embedding std. dev. (1 = isotropic)", 1),
    "mean_cosine": ("Mean cosine of all pairs", 1),
    "effective_rank": ("Effective rank", 1),
    "rankme": ("RankMe of held-out crops", 1),
    "alpha_req": ("alpha-ReQ (best near 1)", 1),
    "lidar": ("LiDAR", 1),
    "crop_eer": ("EER of crops of one utterance (%)", 100),
    "cluster_stability": ("Stability of clusters (Rand index)", 1),
    "speaker_eer": ("Speaker EER (%)", 100),
    "speaker_knn": ("Speaker of neighbours right (kNN, %)", 100),
    "EER": ("EER (%)", 100),
    "knn_accuracy": ("kNN accuracy (%)", 100),
    "accuracy": ("Accuracy (%)", 100),
    "WA": ("WA (%)", 100),
    "UA": ("UA (%)", 100),
    "macro_F1": ("Macro-F1 (%)", 100),
    "learning_rate": ("Learning rate", 1),
}


def quantities(log):
    """Sorts the numbers of a training log by what they measure.

    ``train_x`` and ``valid_x`` are curves of one quantity ``x``.

    Arguments
    ---------
    log : list of dict
        One per epoch; ``epoch`` is counted from 1 where it is not given.

    Returns
    -------
    dict
        {key: (title with its unit, {curve: [(epoch, value or NaN)]})}, known
        quantities first.

    Example
    -------
    >>> log = [{"epoch": 2, "train_loss": 2.0, "speaker_eer": 0.25}]
    >>> quantities(log)["speaker_eer"]
    ('Speaker EER (%)', {'Speaker eer': [(2, 25.0)]})
    """
    found = {}
    for key in dict.fromkeys(key for row in log for key in row):
        values = [_number(row.get(key)) for row in log]
        if key == "epoch" or not any(map(math.isfinite, values)):
            continue
        stage, _, rest = key.partition("_")
        divided = stage in ("train", "valid") and rest
        name = rest if divided else key
        title, factor = PANELS.get(name, (readable(name), 1))
        if name.startswith("EER_"):  # of a trial list
            title, factor = f"EER of {name[4:]} (%)", 100
        epochs = [row.get("epoch", i) for i, row in enumerate(log, start=1)]
        points = [(e, factor * v) for e, v in zip(epochs, values)]
        curve = stage if divided else readable(key)
        found.setdefault(name, (title, {}))[1][curve] = points
    order = [*PANELS, *found]
    return {name: found[name] for name in sorted(found, key=order.index)}


def readable(key):
    """Writes the key of a log as words.

    Example
    -------
    >>> readable("gradient_dino")
    'Gradient dino'
    """
    return key[:1].upper() + key[1:].replace("_", " ")


def _number(value):
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number else math.nan
