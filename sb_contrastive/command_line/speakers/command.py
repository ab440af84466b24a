"""The command `speakers`: its arguments, and what it prints."""

from pathlib import Path

from sb_contrastive.command_line.files.speakers import write_speakers
from sb_contrastive.command_line.options import (
    add_model_arguments,
    add_sources,
    check_output,
)
from sb_contrastive.evaluation.clustering.trust import DOUBTFUL
from sb_contrastive.inference import load
from sb_contrastive.inference.preparation import prepared
from sb_contrastive.inference.sources import read_inputs
from sb_contrastive.inference.speakers import group_rows


def add_arguments(parser):
    """Add the arguments of this command to its parser."""
    add_model_arguments(parser)
    add_sources(parser)
    parser.add_argument(
        "-o",
        "--output",
        default="speakers.csv",
        metavar="OUT.csv",
        help="table to write, with the columns ID, wav, speaker (from 1), cosine "
        "(to the centre of the speaker's files) and sure (the probability that "
        "the file belongs there); experiments take it as a manifest (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--number",
        type=int,
        metavar="N",
        help="how many speakers there are, if you know",
    )


def run(options):
    """Group the files that the options name."""
    output = Path(options.output)
    check_output(output, ".csv", "speakers")
    if options.number is not None and options.number < 1:
        raise ValueError(f"--number is at least 1, not {options.number}")
    rows = read_inputs(options.sources, options.data_root)
    paths = {row["ID"]: row["wav"] for row in rows}
    model = load(options.model, options.device, options.trust)
    with prepared(
        model, rows, options.on_bad_audio, options.trim_silence_db
    ) as ready:
        found, trust = group_rows(
            model, ready, options.number, options.trim_silence_db
        )
    ids = [row["ID"] for row in ready]
    write_speakers(output, ids, [paths[i] for i in ids], found)
    print(f"{output}: {_told(found, trust, len(ids))}")


def _told(found, trust, N):
    """Say how many speakers there are, and how sure that is."""
    K, (fewer, more) = int(found.labels.max()) + 1, found.between
    parts = [f"{K} speaker{'s' if K > 1 else ''} in {N} files"]
    if trust is not None:
        if trust.least < trust.most:
            parts.append(f", maybe {trust.least} to {trust.most}")
        parts.append(
            f" (threshold {found.threshold:.3f}; {fewer} if it is 0.05 lower, "
            f"{more} if it is 0.05 higher)"
        )
    doubtful = int((found.sure < DOUBTFUL).sum())
    parts.append(
        f"; {doubtful} files are less than {DOUBTFUL:.0%} sure"
        if found.sure[0] == found.sure[0]
        else "; nothing tells how sure that is"
    )
    return "".join(parts)
