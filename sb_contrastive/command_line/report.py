"""Writes the page of a finished run again, or one page that compares several.

One RUN: its report.html, from what lies in its folder. Several: their systems in
one table, with differences where they were tested on the same utterances.
"""

from pathlib import Path

from sb_contrastive.command_line.options import check_output

COMPARISON = "comparison.html"


def add_arguments(parser):
    """Adds the arguments of this command to its parser."""
    parser.add_argument(
        "runs",
        nargs="+",
        metavar="RUN",
        help="output folders of experiments, studies or recipes",
    )
    parser.add_argument(
        "-o",
        "--output",
        help="the page to write (default: report.html in the folder of one run, "
        f"{COMPARISON} here for several)",
    )
    parser.add_argument(
        "--no_audio",
        action="store_true",
        help="leave out the excerpts of the corpus that the page plays",
    )


def run(options):
    """Writes the page."""
    from sb_contrastive.report_page import write_comparison, write_page

    output = options.output and Path(options.output)
    if output:
        check_output(output, ".html", "reports")
    if len(options.runs) == 1:
        path = write_page(options.runs[0], not options.no_audio, output)
    else:
        path = write_comparison(options.runs, output or Path(COMPARISON))
    print(f"Wrote {path}")
