"""Maps of an embedding space at several times, such as before and after training."""

import numpy as np

from sb_contrastive.evaluation.plots.embedding_map import (
    draw_points,
    project,
)
from sb_contrastive.evaluation.plots.figure import new_figure, save
from sb_contrastive.evaluation.random_subset import random_subset


def space_change(
    spaces, labels, path, title="Embeddings", note=None, max_points=2000
):
    """Draws a 2-D map of each space, side by side, coloured by class.

    Each space is projected separately, by the method of `embedding_map`:
    compare which points lie together, not where they lie.

    Arguments
    ---------
    spaces : dict
        {name: [N, D] raw embeddings of the same utterances}, e.g. before and
        after.
    labels : sequence
        Class of each utterance, N.
    path : str or Path
        PNG to write.
    title : str
        Title above the figure.
    note : str, optional
        Small print below the figure, see `corpus_note`.
    max_points : int
        Larger sets are thinned to this many.

    Returns
    -------
    path : Path
        The file written.

    Raises
    ------
    ValueError
        If there is no space, or one of other size than the labels.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> z = np.eye(4)
    >>> space_change({"before": z, "after": z}, "aabb", folder / "space.png").name
    'space.png'
    """
    if not spaces:
        raise ValueError("a map of spaces has none to draw")
    for name, z in spaces.items():
        if len(z) != len(labels):
            raise ValueError(
                f"{len(labels)} labels but {len(z)} embeddings in space {name!r}"
            )
    kept = random_subset(len(labels), max_points, seed=0)
    if len(kept) < len(labels):
        title = f"{title} ({max_points} of {len(labels)})"
    figure = new_figure(5.6 * len(spaces), 4.6, title, note)
    grid = figure.subplots(1, len(spaces), squeeze=False).flat
    names = np.array([str(label) for label in labels])[kept]
    for axes, (name, z) in zip(grid, spaces.items()):
        points, method = project(np.asarray(z, dtype=np.float64)[kept])
        draw_points(axes, points, names, f"{name}, {method}")
    return save(figure, path)
