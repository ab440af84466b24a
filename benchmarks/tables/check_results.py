#!/usr/bin/env python3
"""Computes the tables of docs/results/ again from docs/measurements/.

    python benchmarks/tables/check_results.py           fails where a page says something else
    python benchmarks/tables/check_results.py --write   puts the tables into the pages

Above such a table a page has a line `<!-- compare_seeds FILE ... [--against SYSTEM] -->`,
`<!-- compare_verification FILE ... -->`, `<!-- compare_selection FILE ... -->` or
`<!-- study_answers FILE ... -->` with the arguments of that script, files beside the page;
the lines until `<!-- end -->` are what it prints.
"""

import argparse
import difflib
import re
import shlex
import sys
from pathlib import Path

import compare_seeds
import compare_selection
import compare_verification
import study_answers

SCRIPTS = {
    script.__name__: script
    for script in (
        compare_seeds,
        compare_selection,
        compare_verification,
        study_answers,
    )
}

FOLDER = Path(__file__).parents[2] / "docs" / "results"
PLACE = re.compile(
    rf"<!-- ({'|'.join(SCRIPTS)}) (.+?) -->\n(.*?)<!-- end -->", re.S
)


def computed(page):
    """Return the text of a page with all tables computed again.

    Raises
    ------
    FileNotFoundError
        When a file of measurements is not there.
    """

    def table(found):
        script = SCRIPTS[found[1]]
        options = script.parser().parse_args(shlex.split(found[2]))
        options.places = [page.parent / file for file in options.places]
        lines = "\n".join(script.tables(options))
        return f"<!-- {found[1]} {found[2]} -->\n\n{lines}\n\n<!-- end -->"

    return PLACE.sub(table, page.read_text("utf-8"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "pages", nargs="*", type=Path, help="all of docs/results/ when absent"
    )
    parser.add_argument(
        "--write", action="store_true", help="put the tables into the pages"
    )
    options = parser.parse_args()
    count, other = 0, []
    for page in options.pages or sorted(FOLDER.glob("*.md")):
        said, measured = page.read_text("utf-8"), computed(page)
        count += len(PLACE.findall(said))
        if options.write:
            page.write_text(measured, "utf-8")
        elif said != measured:
            other.append(page.name)
            sys.stdout.writelines(
                difflib.unified_diff(
                    said.splitlines(keepends=True),
                    measured.splitlines(keepends=True),
                    str(page),
                    "docs/measurements/",
                )
            )
    if other:
        sys.exit(
            f"{', '.join(other)}: this is not what was measured, run it with"
            " --write"
        )
    print(f"{count} tables are those of the measurements")


if __name__ == "__main__":
    main()
