"""Tells whether two files are of one speaker, by the cosine of their embeddings.

The verdict needs a threshold: that of the model, which an experiment measures on
its trial lists and writes into hyperparams.yaml, or one given by --threshold.
"""

import math

import numpy as np

from sb_contrastive.command_line.inputs import (
    add_audio_arguments,
    checked,
    read_inputs,
    silence_cut,
)
from sb_contrastive.command_line.model import add_model_arguments, load_encoder
from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.evaluation.verification.scoring import cosine_scores
from sb_contrastive.evaluation.verification.segments import embed_segments
from sb_contrastive.leftovers import temporary_folder


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
    add_audio_arguments(parser)


def run(options):
    """Print the cosine of two files and, by a threshold, what it means."""
    if options.threshold is not None and not math.isfinite(options.threshold):
        raise ValueError(
            f"--threshold is a cosine, from -1 to 1, not {options.threshold}"
        )
    for name in (options.first, options.second):
        rows = read_inputs([name])
        if len(rows) != 1:
            raise ValueError(
                f"{name} holds {len(rows)} utterances, and `verify` compares "
                f"two files; for more there is `evaluate`"
            )
    rows = read_inputs([options.first, options.second])
    model = load_encoder(options.model, options.device, options.trust)
    with temporary_folder() as converted:
        rows = checked(rows, options, model, converted)
        z = embed_segments(
            model.encoder,
            rows,
            options.segments,
            model.device,
            sample_rate=model.rate,
        )
    # A file that is compared with itself has one row
    pair = Trials([True], np.array([0]), np.array([len(z) - 1]), [])
    score = float(cosine_scores(z, pair)[0])
    print(f"cosine {score:.4f}{_verdict(score, options, model)}")


def _verdict(score, options, model):
    """Say what a cosine means, as far as there is a threshold for it."""
    threshold, whose = options.threshold, "given"
    if threshold is None and model.threshold is not None:
        if options.segments != "full" or (
            silence_cut(options, model) != model.trim_silence_db
        ):
            return (
                "; the threshold of the model is for whole files whose silence "
                "is cut as in training, so there is no verdict: give --threshold"
            )
        threshold, whose = model.threshold, "of the model"
    if threshold is None:
        return (
            "; the model has no threshold, so there is no verdict: give "
            "--threshold, for instance that which `evaluate` prints for a "
            "trial list"
        )
    verdict = "the same speaker" if score > threshold else "two speakers"
    return f": {verdict} (threshold {threshold:g}, {whose})"
