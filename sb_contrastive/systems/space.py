"""Measures of an embedding space before and after a training step."""

import json
from collections import Counter

from speechbrain.utils.logger import get_logger

from sb_contrastive.evaluation import plots
from sb_contrastive.evaluation.embeddings.space import space_report
from sb_contrastive.files import write_atomically

logger = get_logger(__name__)

SPACE = "space.json"


def write_space(folder, before, after, labels):
    """Leave the measures of a space before and after a step, and a map of both.

    Arguments
    ---------
    folder : pathlib.Path
        That of the step.
    before, after : torch.Tensor
        Embeddings [N, D].
    labels : list of str
        N classes.
    """
    spaces = {"before": before, "after": after}
    plots.space_change(spaces, labels, folder / "space.png")
    measured = {when: space_report(z, labels) for when, z in spaces.items()}
    write_atomically(
        folder / SPACE, lambda path: path.write_text(json.dumps(measured))
    )


def measurable(rows, part):
    """Keep the rows by which a space can be measured: of classes that have two.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.
    part : str
        Name of the part, for a warning about rows that are left out.

    Returns
    -------
    list of dict
        Empty where fewer than two classes are left.

    Example
    -------
    >>> rows = [{"ID": i, "label": label} for i, label in enumerate("aabbc")]
    >>> [row["ID"] for row in measurable(rows, "test part")]
    [0, 1, 2, 3]
    """
    counts = Counter(row["label"] for row in rows)
    kept = classes_of_two(rows)
    if len(kept) < 2:
        logger.warning(f"The space of the {part} cannot be measured: {counts}")
        return []
    alone = sorted(set(counts) - kept)
    if alone:
        logger.warning(
            f"One utterance in the {part}, left out of the measures of its "
            f"space: {', '.join(alone)}"
        )
    return [row for row in rows if row["label"] in kept]


def classes_of_two(rows):
    """Return the classes that have two utterances or more.

    Arguments
    ---------
    rows : list of dict
        Manifest rows.

    Returns
    -------
    set of str

    Example
    -------
    >>> classes_of_two([{"label": "a"}, {"label": "b"}, {"label": "a"}])
    {'a'}
    """
    counts = Counter(row["label"] for row in rows)
    return {name for name, count in counts.items() if count > 1}
