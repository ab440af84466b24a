"""Finds every file that a recipe consists of."""

import re
from pathlib import PurePosixPath

COLUMNS = ("Script_file", "Hparam_file", "Data_prep_file", "Readme_file")
# A link of Markdown to a file, without its place in that file
LINK = re.compile(r"\]\(([^)\s#:]+)(?:#[^)\s]*)?\)")


def recipe_files(root, row):
    """The files of one row of a recipe table.

    Arguments
    ---------
    root : pathlib.Path
        Of the repository.
    row : dict
        From `read_tables`.

    Returns
    -------
    list of str
        Paths from the root: those the row names, what the YAML includes, the
        nearest extra_requirements.txt, the set-up of the recipe's test.

    Raises
    ------
    ValueError
        When one is missing, or the README links to a file that would not be
        there.
    """
    names = [row[column] for column in COLUMNS if row[column]]
    if (root / row["Hparam_file"]).is_file():
        names += _included(root, row["Hparam_file"])
    folders = list(PurePosixPath(row["Script_file"]).parents)[:-2]
    extra = [str(folder / "extra_requirements.txt") for folder in folders]
    names += [name for name in extra if (root / name).is_file()][:1]
    if (root / setup_script(row)).is_file():
        names.append(setup_script(row))
    for name in names:
        if not (root / name).is_file():
            raise ValueError(
                f"the recipe {row['Hparam_file']} lacks {name}, which its row "
                f"in tests/recipes or its YAML names"
            )
    text = (root / row["Readme_file"]).read_text(encoding="utf-8")
    for link in LINK.findall(text):
        name = _joined(PurePosixPath(row["Readme_file"]).parent, link)
        if name not in names:
            raise ValueError(
                f"{row['Readme_file']} links to {link}, which is no part of "
                f"the recipe: the link would lead nowhere in another repository"
            )
    return names


def setup_script(row):
    """List the places where SpeechBrain's tests of recipes look for a prepare script.

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
    >>> setup_script(dict(Script_file="recipes/A/train.py", Hparam_file="recipes/A/hparams/b.yaml"))
    'tests/recipes/setup/recipes_A_train/hparams_b'
    """
    script = PurePosixPath(row["Script_file"])
    yaml = PurePosixPath(row["Hparam_file"]).relative_to(script.parent)
    folder = str(script.with_suffix("")).replace("/", "_")
    name = str(yaml.with_suffix("")).replace("/", "_")
    return f"tests/recipes/setup/{folder}/{name}"


def _included(root, name):
    """Files that a YAML includes, and those that they include."""
    text = (root / name).read_text(encoding="utf-8")
    found = []
    for link in re.findall(r"!include:(\S+)", text):
        inner = _joined(PurePosixPath(name).parent, link)
        found.append(inner)
        if (root / inner).is_file():
            found += _included(root, inner)
    return found


def _joined(folder, link):
    """A path from the root, where the link begins in a folder."""
    parts = []
    for part in (folder / link).parts:
        if part == ".." and parts:
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
