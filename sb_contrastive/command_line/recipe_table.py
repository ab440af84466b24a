"""Reads the tables of recipes in tests/recipes, and merges rows into a table."""

import csv
import io
from pathlib import PurePosixPath

from sb_contrastive.suggestions import did_you_mean


def read_tables(root):
    """Read all rows of all recipe tables of a repository.

    Arguments
    ---------
    root : pathlib.Path
        Root folder of the repository.

    Returns
    -------
    list of dict
        Text by column; SpeechBrain's tests/recipes/README.md explains the
        columns.
    """
    rows = []
    for path in sorted((root / "tests/recipes").glob("*.csv")):
        with open(path, newline="", encoding="utf-8") as file:
            rows += csv.DictReader(file)
    return rows


def chosen_rows(rows, recipes):
    """Choose the rows of some recipes.

    Arguments
    ---------
    rows : list of dict
        Rows from `read_tables`.
    recipes : list of str
        Folders below `recipes/` or YAMLs, with or without `recipes/` in front.

    Returns
    -------
    list of dict
        Each row once, in the order of the tables.

    Raises
    ------
    ValueError
        When a recipe has no row.

    Example
    -------
    >>> rows = [{"Hparam_file": f"recipes/A/{m}/hparams/x.yaml"} for m in "BC"]
    >>> chosen_rows(rows, ["A/B/"])
    [{'Hparam_file': 'recipes/A/B/hparams/x.yaml'}]
    >>> chosen_rows(rows, ["A/BB"])
    Traceback (most recent call last):
    ...
    ValueError: there is no recipe A/BB, only A/B, A/C; did you mean 'A/B'?
    """
    chosen = []
    for recipe in recipes:
        path = PurePosixPath("recipes") / recipe.removeprefix("recipes/")
        found = [
            row
            for row in rows
            if path in (yaml := PurePosixPath(row["Hparam_file"])).parents
            or path == yaml
        ]
        if not found:
            known = sorted({_folder(row) for row in rows})
            raise ValueError(
                f"there is no recipe {recipe}, only {', '.join(known)}"
                f"{did_you_mean(recipe, known)}"
            )
        chosen += found
    return [row for row in rows if row in chosen]


def merged_table(path, rows):
    """Add rows to the text of a table, or replace them there.

    Arguments
    ---------
    path : pathlib.Path
        The table, which need not exist.
    rows : list of dict
        Rows to add. The lines of other recipes stay exactly as they are.

    Returns
    -------
    str
    """
    lines, columns, end = [], list(rows[0]), "\n"
    if path.is_file():
        # Bytes are read because text mode would change line ends
        lines = path.read_bytes().decode().splitlines(keepends=True)
        columns = next(csv.reader(lines[:1]))
        end = "\r\n" if lines[0].endswith("\r\n") else "\n"
        if not lines[-1].endswith("\n"):
            lines[-1] += end
    own = {row["Hparam_file"] for row in rows}
    lines = [line for line in lines if own.isdisjoint(next(csv.reader([line])))]
    text = io.StringIO()
    writer = csv.DictWriter(
        text, columns, restval="", extrasaction="ignore", lineterminator=end
    )
    if not lines:
        writer.writeheader()
    writer.writerows(rows)
    return "".join(lines) + text.getvalue()


def table_of(row):
    """Return the table that a recipe belongs to, which SpeechBrain names after
    the folder of the corpus.

    Arguments
    ---------
    row : dict
        Rows from `read_tables`.

    Returns
    -------
    str
        Path from the root.

    Example
    -------
    >>> table_of({"Hparam_file": "recipes/A/B/hparams/x.yaml"})
    'tests/recipes/A.csv'
    """
    return f"tests/recipes/{PurePosixPath(row['Hparam_file']).parts[1]}.csv"


def _folder(row):
    """Return the folder of a recipe, without `recipes/` and `hparams/`."""
    parts = PurePosixPath(row["Hparam_file"]).parts
    return "/".join(parts[1 : parts.index("hparams")])
