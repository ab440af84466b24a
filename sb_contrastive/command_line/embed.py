"""Embeds audio files, folders of them or manifests, one vector per utterance.

Audio is read and embeddings are written a block at a time, so that any number
of files fits in memory. All files are checked before the first is embedded.
"""

from pathlib import Path

from sb_contrastive.command_line.options import (
    add_model_arguments,
    add_sources,
    check_output,
)
from sb_contrastive.evaluation.embeddings.stored.file import write_embeddings
from sb_contrastive.evaluation.embeddings.stored.origin import origin_of
from sb_contrastive.evaluation.verification.segments import parse_segments
from sb_contrastive.inference import load
from sb_contrastive.inference.preparation import prepared, silence_cut
from sb_contrastive.inference.row_embeddings import embed_rows
from sb_contrastive.inference.sources import read_inputs


def add_arguments(parser):
    """Add the arguments of this command to its parser."""
    add_model_arguments(parser)
    add_sources(parser)
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="OUT.npz",
        help="file to write, with the arrays `embeddings` [N, D], `ids` [N] "
        "and `wavs` [N]; `evaluate --embeddings` reads it",
    )
    parser.add_argument(
        "--segments",
        default="full",
        help="parts of an utterance to embed: full for all of it, 6x2s_mean for "
        "the mean over 6 segments of 2 s, 10x3.5s_pairwise for 10 separate "
        "segments of 3.5 s, whose embeddings are [N, 10, D] (default: "
        "%(default)s)",
    )


def run(options):
    """Embed the utterances that the options name."""
    output = Path(options.output)
    check_output(output, ".npz", "embeddings")
    parse_segments(options.segments)
    rows = read_inputs(options.sources, options.data_root)
    paths = {row["ID"]: row["wav"] for row in rows}
    model = load(options.model, options.device, options.trust)
    with prepared(
        model, rows, options.on_bad_audio, options.trim_silence_db
    ) as ready:
        ids = [row["ID"] for row in ready]
        blocks = embed_rows(model, ready, options.segments)
        shape = write_embeddings(
            output,
            ids,
            [paths[i] for i in ids],
            (z for _, z in blocks),
            origin=origin_of(
                model.encoder,
                options.segments,
                silence_cut(model, options.trim_silence_db),
            ),
        )
    print(f"{output}: embeddings {shape}, ids, wavs")
