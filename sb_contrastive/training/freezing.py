"""Encoders of which a training step moves one part, and leaves the other as it is."""

from sb_contrastive.distributed import unwrap
from sb_contrastive.suggestions import did_you_mean

TRAINABLE = ("output", "affine", "all")


def freeze(encoder, trainable):
    """Takes the gradient from what is not trained.

    Arguments
    ---------
    encoder : UtteranceEncoder
        Changed in place.
    trainable : str
        "output": none of the encoder; "affine": its embedding affine; "all":
        all of it.

    Raises
    ------
    ValueError
        If `trainable` is something else.

    Example
    -------
    >>> freeze(None, "afine")
    Traceback (most recent call last):
    ValueError: trainable is one of output, affine, all, got 'afine'; did you mean 'affine'?
    """
    if trainable not in TRAINABLE:
        raise ValueError(
            f"trainable is one of {', '.join(TRAINABLE)}, got {trainable!r}"
            f"{did_you_mean(trainable, TRAINABLE)}"
        )
    encoder.requires_grad_(trainable == "all")
    if trainable == "affine":
        for module in encoder.affine_modules():
            module.requires_grad_(True)


def keep_frozen(encoder, trainable):
    """Puts what is not trained into evaluation mode, whatever `train()` has
    done, so that dropout rests and batch-norm statistics stay as pretrained.

    Arguments
    ---------
    encoder : UtteranceEncoder
        Maybe wrapped for several processes.
    trainable : str
        As for `freeze`.
    """
    encoder = unwrap(encoder)
    if trainable != "all":
        encoder.eval()
    if trainable == "affine":
        for module in encoder.affine_modules():
            module.train()
