"""Reads the tables of recipes in tests/recipes, and adds rows to another's."""

import csv
import io
from pathlib import PurePosixPath

from sb_contrastive.suggestions import did_you_mean


def read_tables(root):
    """All rows of all tables of a repository.

    Arguments
    ---------
    root : pathlib.Path
        Of the repository.

    Returns
    -------
    list of dict
        Text by column, as SpeechBrain's tests/recipes/README.md explains them.
    """
    rows = []
    for path in sorted((root / "tests/recipes").glob("*.csv")):
        with open(path, newline="", encoding="utf-8") as file:
            rows += csv.DictReader(file)
    return rows


def chosen_rows(rows, recipes):
    """The rows of some recipes.

    Arguments
    ---------
    rows : list of dict
        From `read_tables`.
    recipes : list of str
        Folders below `recipes/` or YAMLs, with or without `recipes/` in front.

    Returns
    -------
    list of dict
        Each once, in the order of the tables.

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
    """Text of a table with some rows added to it, or replaced.

    Arguments
    ---------
    path : pathlib.Path
        The table; absent where the corpus is new.
    rows : list of dict
        What to add. Lines of other recipes stay as they are, to the letter.

    Returns
    -------
    str
    """
    lines, columns, end = [], list(rows[0]), "\n"
    if path.is_file():
        # As bytes: reading as text would make all line ends the same
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
    """The table that a recipe belongs into: SpeechBrain names it after the
    folder of the corpus.

    Arguments
    ---------
    row : dict
        From `read_tables`.

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
    """A recipe's folder, without `recipes/` and its `hparams/`."""
    parts = PurePosixPath(row["Hparam_file"]).parts
    return "/".join(parts[1 : parts.index("hparams")])
