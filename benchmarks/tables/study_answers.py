#!/usr/bin/env python3
"""Prints the answers of a study, and keeps them, so that pages can be checked by them.

    python benchmarks/tables/study_answers.py results/positives_study --question simclr
    python benchmarks/tables/study_answers.py results/positives_study --keep docs/measurements/positives.json
    python benchmarks/tables/study_answers.py docs/measurements/positives.json --question simclr --list trials_test

The argument is the output folder of a study, or a file that keeps its answers. What
is kept are figures, intervals and versions; paths and commands are not.
"""

import argparse
import json
from pathlib import Path

from sb_contrastive.data.channel_notice import NOTE as CHANNEL_NOTE
from sb_contrastive.data.oracle_notice import NOTE as ORACLE_NOTE
from sb_contrastive.files import write_atomically
from sb_contrastive.study.answers import classes, clusters, ranks, speakers

KINDS = {kind.KEY: kind for kind in (classes, clusters, ranks, speakers)}


def read(place):
    """Return the results of a study, from its folder or from a kept file."""
    path = Path(place)
    if path.is_dir():
        path = path / "results.json"
    return json.loads(path.read_text(encoding="utf-8"))


def tables(options):
    """Return the lines of the tables of one question, or of all."""
    (place,) = options.places
    results = read(place)
    questions = results["metrics"]
    known = ", ".join(questions)
    if options.question not in (None, *questions):
        raise SystemExit(f"no question is {options.question}; known: {known}")
    lines = []
    notes = {"oracle": ORACLE_NOTE, "simulated_channels": CHANNEL_NOTE}
    for key, note in notes.items():
        if results["protocol"].get(key) and not options.question:
            lines += [note, ""]
    for name, question in questions.items():
        if options.question in (None, name):
            lines += _table(question, options)
    return lines


def _table(question, options):
    (key,) = KINDS.keys() & question.keys()
    answers = question[key]
    if options.list is not None:
        if options.list not in answers:
            raise SystemExit(
                f"no list is {options.list}; known: {', '.join(answers)}"
            )
        answers = {options.list: answers[options.list]}
    against = question.get("against")
    title, _, *lines = (
        KINDS[key].markdown(question["title"], answers, against).splitlines()
    )
    return lines if options.question else [title, "", *lines, ""]


def kept(results):
    """Leave out of results what tells of the machine and the user."""
    protocol = {k: v for k, v in results["protocol"].items() if k != "corpus"}
    found = {k: results[k] for k in ("experiment", "metrics", "versions")}
    choices = {"choices": results["choices"]} if "choices" in results else {}
    return {**found, **choices, "protocol": protocol}


def parser():
    """Return the parser of the arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "places", nargs=1, help="output folder of a study, or file of --keep"
    )
    parser.add_argument("--question", help="its table alone, without a title")
    parser.add_argument("--list", help="of a question about trial lists: one")
    parser.add_argument("--keep", type=Path, help="JSON to be written")
    return parser


if __name__ == "__main__":
    options = parser().parse_args()
    print("\n".join(tables(options)))
    if options.keep:
        text = json.dumps(kept(read(*options.places)), indent=1) + "\n"
        write_atomically(
            options.keep, lambda path: path.write_text(text, encoding="utf-8")
        )
