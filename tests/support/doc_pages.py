"""The pages of the documentation, and the names in backticks in them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("docs/results/*.md"),
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
    ]
)


def in_backticks(text):
    """Return what stands in backticks in a page, outside its code blocks."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`]+)`", text)


def tables(text):
    """Return the tables of a page, each a list of rows, each a list of cells."""
    found = re.findall(r"(?:^\|.*\|$\n?)+", text, flags=re.MULTILINE)
    return [
        [
            [cell.strip() for cell in row.strip("|").split("|")]
            for row in table.strip().splitlines()
        ]
        for table in found
    ]
