"""Embeds audio files, folders of them or manifests, one vector per utterance.

Audio is read and embeddings are written a block at a time, so that any number
of files fits in memory. All files are checked before the first is embedded.
"""

from pathlib import Path

from sb_contrastive.command_line.embedding_file import write_embeddings
from sb_contrastive.command_line.inputs import (
    add_audio_arguments,
    add_bad_audio_argument,
    checked,
    read_inputs,
)
from sb_contrastive.command_line.model import add_model_arguments, load_encoder
from sb_contrastive.evaluation.verification.segments import (
    embed_segments,
    parse_segments,
)
from sb_contrastive.leftovers import temporary_folder
from sb_contrastive.progress import bar

BLOCK = 256  # utterances whose embeddings are in memory at a time


def add_arguments(parser):
    """Add the arguments of this command to its parser."""
    add_model_arguments(parser)
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="AUDIO",
        help="audio files, folders of audio, manifests (.csv with a column wav)",
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="OUT.npz",
        help="file to write, with the arrays `embeddings` [N, D], `ids` [N] "
        "and `wavs` [N]",
    )
    parser.add_argument(
        "--segments",
        default="full",
        help="parts of an utterance to embed: full for all of it, 6x2s_mean for "
        "the mean over 6 segments of 2 s, 10x3.5s_pairwise for 10 separate "
        "segments of 3.5 s, whose embeddings are [N, 10, D] (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--data_root", help="folder that $data_root stands for in manifests"
    )
    add_bad_audio_argument(parser)
    add_audio_arguments(parser)


def run(options):
    """Embed the utterances that the options name."""
    output = Path(options.output)
    if output.suffix != ".npz":
        raise ValueError(f"embeddings go into a .npz file, not {output}")
    if any(parent.is_file() for parent in output.absolute().parents):
        raise ValueError(f"{output} would lie in a file: name a folder")
    parse_segments(options.segments)
    rows = read_inputs(options.sources, options.data_root)
    paths = {row["ID"]: row["wav"] for row in rows}
    model = load_encoder(options.model, options.device, options.trust)
    with temporary_folder() as converted:
        rows = checked(rows, options, model, converted)
        ids = [row["ID"] for row in rows]
        shape = write_embeddings(
            output,
            ids,
            [paths[i] for i in ids],
            _blocks(model, rows, options.segments),
        )
    print(f"{output}: embeddings {shape}, ids, wavs")


def _blocks(model, rows, segments):
    """Yield the embeddings of one block of rows after another."""
    with bar(what="embedding", unit="utterance", total=len(rows)) as counted:
        for i in range(0, len(rows), BLOCK):
            block = rows[i : i + BLOCK]
            yield embed_segments(
                model.encoder,
                block,
                segments,
                model.device,
                sample_rate=model.rate,
            )
            counted.update(len(block))
