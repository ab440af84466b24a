"""Keeps of a README that tells of several recipes what tells of those that are contributed."""

import re
from pathlib import PurePosixPath

# In a line of its own it opens a part, in a row of a table it tells of the row
MARK = re.compile(r"<!-- only: (.+?) --> ?")
END = "<!-- end -->"
BLANK = re.compile(r"(?<=```bibtex)\n\n|(?<=})\n\n(?=```)")


def readme_for(text, rows):
    """Leave out of a README what tells of other recipes, and the marks that say so.

    A mark names methods or single YAMLs, `<!-- only: SimCLR, DINO/wavlm -->`. In
    a line of its own it begins a part that `<!-- end -->` ends; elsewhere it is
    about its line alone. What carries no mark is for all.

    Arguments
    ---------
    text : str
        The README.
    rows : list of dict
        Those of the recipes that are contributed, from `read_tables`.

    Returns
    -------
    str

    Example
    -------
    >>> rows = [{"Hparam_file": "recipes/A/B/DINO/hparams/wavlm.yaml"}]
    >>> print(readme_for("| a <!-- only: DINO --> |\\n| b <!-- only: MoCo --> |", rows))
    | a |
    """
    told = set()
    for row in rows:
        path = PurePosixPath(row["Hparam_file"])
        method = path.parts[path.parts.index("hparams") - 1]
        told |= {method, f"{method}/{path.stem}"}
    kept, within = [], True
    for line in text.split("\n"):
        mark = MARK.search(line)
        wanted = mark is None or not told.isdisjoint(mark[1].split(", "))
        if mark and MARK.fullmatch(line):
            within = wanted
        elif line == END:
            within = True
        elif within and wanted:
            kept.append(MARK.sub("", line))
    # Parts that are left out leave their blank lines
    return BLANK.sub("\n", re.sub(r"\n{3,}", "\n\n", "\n".join(kept)))
