"""Groups utterances of one length, which share a pass of a network without padding."""


def batches_of_equal_length(lengths, most, samples):
    """Divide utterances into batches of equal length.

    Arguments
    ---------
    lengths : list of int
        Samples of each utterance.
    most : int
        Utterances in a batch, at most.
    samples : int
        Samples in a batch, at most; an utterance that is longer is alone.

    Returns
    -------
    list of list of int
        The numbers of the utterances in each batch, short ones first.

    Example
    -------
    >>> batches_of_equal_length([5, 9, 5, 5, 9], most=2, samples=12)
    [[0, 2], [3], [1], [4]]
    """
    groups = {}
    for number, length in enumerate(lengths):
        groups.setdefault(length, []).append(number)
    batches = []
    for length, numbers in sorted(groups.items()):
        size = max(1, min(most, samples // max(length, 1)))
        batches += [numbers[i : i + size] for i in range(0, len(numbers), size)]
    return batches


def depends_on_neighbours(encoder):
    """Tell whether a network normalises a batch as a whole, so that it has to
    get its utterances one by one.

    Arguments
    ---------
    encoder : torch.nn.Module
        In evaluation mode.

    Returns
    -------
    bool

    Example
    -------
    >>> from speechbrain.processing.features import InputNormalization
    >>> depends_on_neighbours(InputNormalization(norm_type="batch"))
    True
    >>> depends_on_neighbours(InputNormalization(norm_type="sentence"))
    False
    """
    return any(
        getattr(module, "norm_type", None) == "batch"
        for module in encoder.modules()
    )
