"""Tells whether two files are of one speaker, by the cosine of their embeddings."""

import tempfile

import numpy as np

from sb_contrastive.command_line.inputs import (
    add_audio_arguments,
    checked,
    read_inputs,
)
from sb_contrastive.command_line.model import add_model_arguments, load_encoder
from sb_contrastive.data.trials.trial_list import Trials
from sb_contrastive.evaluation.verification.scoring import cosine_scores
from sb_contrastive.evaluation.verification.segments import embed_segments

THRESHOLD = 0.25  # that of SpeechBrain's SpeakerRecognition


def add_arguments(parser):
    """Add the arguments of this command to its parser."""
    add_model_arguments(parser)
    parser.add_argument("first", metavar="A.wav", help="an audio file")
    parser.add_argument("second", metavar="B.wav", help="another audio file")
    parser.add_argument(
        "--threshold",
        type=float,
        default=THRESHOLD,
        help="a cosine above this means the same speaker (default: %(default)s, "
        "as in SpeechBrain); `evaluate` prints the threshold of the equal error "
        "rate",
    )
    parser.add_argument(
        "--segments",
        default="full",
        help="parts of a file to compare: full for all of it, 10x3.5s_pairwise "
        "for 10 segments of 3.5 s (default: %(default)s)",
    )
    add_audio_arguments(parser)


def run(options):
    """Print the cosine of two files, and whether it means one speaker."""
    for name in (options.first, options.second):
        rows = read_inputs([name])
        if len(rows) != 1:
            raise ValueError(
                f"{name} holds {len(rows)} utterances, and `verify` compares "
                f"two files; for more there is `evaluate`"
            )
    rows = read_inputs([options.first, options.second])
    encoder, device, rate = load_encoder(options.model, options.device)
    with tempfile.TemporaryDirectory() as converted:
        rows = checked(rows, options, rate, converted)
        z = embed_segments(
            encoder, rows, options.segments, device, sample_rate=rate
        )
    # A file that is compared with itself has one row
    pair = Trials([True], np.array([0]), np.array([len(z) - 1]), [])
    score = float(cosine_scores(z, pair)[0])
    verdict = (
        "the same speaker" if score > options.threshold else "two speakers"
    )
    print(f"cosine {score:.4f}: {verdict} (threshold {options.threshold})")
