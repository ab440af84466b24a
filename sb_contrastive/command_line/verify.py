"""Tells whether two files are of one speaker, by the cosine of their embeddings.

The verdict needs a threshold: that of the model, which an experiment measures on
its trial lists or `calibrate` finds, or one given by --threshold. A model that
`calibrate` has calibrated also tells a probability.
"""

import math

from sb_contrastive.command_line.options import (
    add_audio_arguments,
    add_model_arguments,
)
from sb_contrastive.inference import load


def add_arguments(parser):
    """Add the arguments of this command to its parser."""
    add_model_arguments(parser)
    parser.add_argument("first", metavar="A.wav", help="an audio file")
    parser.add_argument("second", metavar="B.wav", help="another audio file")
    parser.add_argument(
        "--threshold",
        type=float,
        help="a cosine above this means the same speaker (default: the threshold "
        "that the model states, if it does); `evaluate` prints that of the equal "
        "error rate on a trial list",
    )
    parser.add_argument(
        "--segments",
        default="full",
        help="parts of a file to compare: full for all of it, 10x3.5s_pairwise "
        "for 10 segments of 3.5 s (default: %(default)s)",
    )
    parser.add_argument(
        "--prior",
        type=float,
        metavar="P",
        help="how probable one speaker is before anything is heard, between 0 "
        "and 1; it moves the threshold of a calibrated model (default: that for "
        "which it was calibrated)",
    )
    add_audio_arguments(parser)


def run(options):
    """Print the cosine of two files and, by a threshold, what it means."""
    if options.threshold is not None and not math.isfinite(options.threshold):
        raise ValueError(
            f"--threshold is a cosine, from -1 to 1, not {options.threshold}"
        )
    model = load(options.model, options.device, options.trust)
    found = model.verify(
        options.first,
        options.second,
        threshold=options.threshold,
        segments=options.segments,
        trim_silence_db=options.trim_silence_db,
        prior=options.prior,
    )
    whose = "of the model" if options.threshold is None else "given"
    print(f"cosine {found.cosine:.4f}{_verdict(found, whose, model)}")
    if found.llr is not None:
        print(
            f"log-likelihood ratio {found.llr:.2f}: one speaker with probability "
            f"{found.probability:.4g}, at a prior of {found.prior:.3g}"
        )


def _verdict(found, whose, model):
    """Say what a cosine means, as far as there is a threshold for it."""
    if found.threshold is not None:
        verdict = "the same speaker" if found.same else "two speakers"
        return f": {verdict} (threshold {found.threshold:g}, {whose})"
    if model.threshold is not None:
        return (
            "; the threshold of the model is for whole files whose silence is "
            "cut as in training, so there is no verdict: give --threshold"
        )
    return (
        "; the model has no threshold, so there is no verdict: `calibrate` "
        "finds one, with recordings of your own, or give --threshold"
    )
