"""Copies recipes, with their rows of tests/recipes, into a checkout of SpeechBrain.

What is copied: scripts, YAMLs with what they include, prepare scripts, READMEs,
extra_requirements.txt, and the set-up of their tests. A README tells of the recipes
that are contributed, and of no other. Nothing of SpeechBrain's is replaced unless
--replace says so.
"""

from pathlib import Path

from sb_contrastive.command_line.recipe_files import recipe_files
from sb_contrastive.command_line.recipe_readme import readme_for
from sb_contrastive.command_line.recipe_table import (
    chosen_rows,
    merged_table,
    read_tables,
    table_of,
)
from sb_contrastive.files import write_atomically
from sb_contrastive.shipped import shipped_root


def add_arguments(parser):
    """Adds the arguments of this command to its parser."""
    parser.add_argument(
        "checkout", metavar="DEST", help="root of a checkout of SpeechBrain"
    )
    parser.add_argument(
        "recipes",
        nargs="+",
        metavar="RECIPE",
        help="a folder below recipes/, or one YAML of a recipe",
    )
    parser.add_argument(
        "--replace",
        action="store_true",
        help="overwrite files that differ, e.g. from an earlier copy",
    )


def run(options):
    """Copies the recipes and prints what is new in the checkout."""
    done = contribute(options.checkout, options.recipes, options.replace)
    print("\n".join(map(str, done)) or "nothing to copy: all of it is there")


def contribute(checkout, recipes, replace=False, root=None):
    """Copies recipes into a checkout of SpeechBrain.

    Everything is looked at before anything is written.

    Arguments
    ---------
    checkout : str or pathlib.Path
        Its root.
    recipes : list of str
        Folders or YAMLs, e.g. VoxCeleb/self-supervised-learning/DINO.
    replace : bool
        Whether files there that differ may be overwritten.
    root : pathlib.Path, optional
        The folder of `recipes` and `tests/recipes`; those that come with this
        package when absent.

    Returns
    -------
    list of pathlib.Path
        What was written, relative to the checkout.

    Raises
    ------
    FileNotFoundError
        When `checkout` is none, or the recipes are not beside the package.
    ValueError
        When there is no such recipe, or a file would be overwritten.
    """
    checkout = Path(checkout).expanduser()
    root = root or shipped_root()
    for part in ("speechbrain", "recipes", "tests/recipes"):
        if not (checkout / part).is_dir():
            raise FileNotFoundError(
                f"{checkout} is no checkout of SpeechBrain: it has no folder"
                f" {part}/. Name the root of a clone of"
                " https://github.com/speechbrain/speechbrain"
            )
    if not (root / "tests/recipes").is_dir():
        raise FileNotFoundError(
            f"{root} has no tests/recipes, the tables that list recipes: install "
            f"the package again, or run this from a checkout of the repository"
        )
    rows = chosen_rows(read_tables(root), recipes)
    # Content instead of links: a link's target may be another file there
    contents = {
        name: (root / name).read_bytes()
        for name in sorted({n for row in rows for n in recipe_files(root, row)})
    }
    ours = {row["Hparam_file"]: row for row in read_tables(root)}
    there = [
        ours[row["Hparam_file"]]
        for row in read_tables(checkout)
        if row["Hparam_file"] in ours
    ]
    earlier = {}  # what this command has left of a README
    for name in {row["Readme_file"] for row in rows}:
        text = contents[name].decode("utf-8")
        contents[name] = _readme(text, name, [*there, *rows])
        earlier[name] = _readme(text, name, there)
    changed = {
        name: content
        for name, content in contents.items()
        if not _holds(checkout / name, content)
    }
    taken = [
        name
        for name in changed
        if (checkout / name).exists()
        and not (name in earlier and _holds(checkout / name, earlier[name]))
    ]
    if taken and not replace:
        raise ValueError(
            f"{checkout} has other files in the place of {', '.join(taken)}: "
            f"look at them, then give --replace to overwrite them"
        )
    for name in sorted({table_of(row) for row in rows}):
        own = [row for row in rows if table_of(row) == name]
        content = merged_table(checkout / name, own).encode()
        if not _holds(checkout / name, content):
            changed[name] = content
    for name, content in changed.items():
        mode = (root / name).stat().st_mode & 0o777
        write_atomically(
            checkout / name, lambda path: _write(path, content, mode)
        )
    return [Path(name) for name in changed]


def _readme(text, name, rows):
    """Make the README of those recipes that have it."""
    own = [row for row in rows if row["Readme_file"] == name]
    return readme_for(text, own).encode("utf-8")


def _holds(path, content):
    return path.is_file() and path.read_bytes() == content


def _write(path, content, mode):
    path.write_bytes(content)
    path.chmod(mode)
