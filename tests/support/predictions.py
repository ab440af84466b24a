"""Labels and predictions of a classifier that is right by chance."""

import numpy as np


def random_predictions(n, classes, accuracy=0.5, seed=0):
    """Draw labels and predictions [n]; a share of `accuracy` is right for sure."""
    generator = np.random.default_rng(seed)
    labels = generator.choice(classes, n)
    guesses = generator.choice(classes, n)
    right = generator.random(n) < accuracy
    return labels.tolist(), np.where(right, labels, guesses).tolist()
