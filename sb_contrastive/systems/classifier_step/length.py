"""The length of a step, for the time left and for a training on all data."""

from sb_contrastive.training.length import epochs_for

USUAL = 32000  # samples of an utterance of which no crop is drawn, about


def step_length(utterances, size, epochs, least_steps, crops=None):
    """Return epochs and batches that a step takes, and the samples in each batch.

    Arguments
    ---------
    utterances : int
        Those to train on.
    size : int
        Utterances in a batch.
    epochs, least_steps : int
        See `epochs_for`.
    crops : RandomCrops, optional
        What draws the training crops.

    Returns
    -------
    tuple of int

    Example
    -------
    >>> step_length(100, 32, epochs=5, least_steps=30)
    (10, 3, 1024000)
    """
    batches = max(utterances // size, 1)
    audio = size * getattr(crops, "samples", USUAL)
    return epochs_for(epochs, least_steps, batches), batches, audio


def as_many_batches(length):
    """Choose the options of a training on all data: as many batches as on a fold,
    and the last weights.

    Arguments
    ---------
    length : tuple of int
        From `step_length`, on a fold.

    Returns
    -------
    dict

    Example
    -------
    >>> as_many_batches((10, 3, 1024000))
    {'epochs': 1, 'least_steps': 30, 'validations': 1}
    """
    epochs, batches, _ = length
    return {"epochs": 1, "least_steps": epochs * batches, "validations": 1}
