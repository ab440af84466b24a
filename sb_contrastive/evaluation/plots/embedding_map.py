"""Map of embeddings in two dimensions, coloured by speaker, class and the like."""

import json
from pathlib import Path

import numpy as np
import torch

from sb_contrastive.evaluation.embeddings.unit import unit_embeddings
from sb_contrastive.evaluation.plots.figure import (
    COLOURS,
    MARKERS,
    dress,
    new_figure,
    save,
)
from sb_contrastive.evaluation.random_subset import random_subset
from sb_contrastive.files import write_atomically

LEGEND_ENTRIES = 12


def embedding_map(
    embeddings,
    colourings,
    path,
    title="Embeddings",
    note=None,
    max_points=2000,
    names=None,
):
    """Draws a 2-D map of the embeddings, once per colouring, and leaves its
    points in a JSON file of the same name.

    t-SNE of the unit embeddings (PCA start, fixed seed), or their first two
    principal components where there are fewer than ten points or all of them
    have collapsed into one. Clusters are meaningful; distances between them are
    not.

    Arguments
    ---------
    embeddings : array or tensor
        Raw embeddings [N, D].
    colourings : dict
        {name: [N labels]}, e.g. {"speaker": [...], "emotion": [...]}.
    path : str or Path
        PNG to write.
    title : str
        Title above the figure.
    note : str, optional
        Small print below the figure, see `corpus_note`.
    max_points : int
        Larger sets are thinned to this many, at random with a fixed seed, and
        the title says so.
    names : list of str, optional
        Name of each embedding, N, for the JSON file; their numbers by default.

    Returns
    -------
    path : Path
        The picture.

    Raises
    ------
    ValueError
        If there are fewer than two embeddings, one is not finite, or there is
        no colouring, or one of another length.

    Example
    -------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> z = np.eye(4)
    >>> embedding_map(z, {"speaker": "aabb"}, folder + "/map.png").name
    'map.png'
    """
    if hasattr(embeddings, "detach"):
        embeddings = embeddings.detach().float().cpu().numpy()
    z = np.asarray(embeddings, dtype=np.float64)
    N = len(z)
    if N < 2 or not colourings:
        raise ValueError(
            f"a map needs two embeddings and a colouring, got {N} and "
            f"{len(colourings)}"
        )
    if not np.isfinite(z).all():
        raise ValueError(f"some of the {N} embeddings are not finite")
    for name, labels in colourings.items():
        if len(labels) != N:
            raise ValueError(
                f"{N} embeddings but {len(labels)} labels in colouring {name!r}"
            )
    kept = random_subset(N, max_points, seed=0)
    if len(kept) < N:
        title = f"{title} ({max_points} of {N})"
    points, method = project(z[kept])
    known = {
        name: [str(labels[i]) for i in kept]
        for name, labels in colourings.items()
    }
    names = [str(names[i]) if names else str(i) for i in kept]
    _write_points(path, title, method, points, names, known)
    panels = len(colourings)
    figure = new_figure(5.6 * panels, 4.6, f"{title}, {method}", note)
    grid = figure.subplots(1, panels, squeeze=False).flat
    for axes, (name, labels) in zip(grid, known.items()):
        draw_points(axes, points, np.array(labels), f"by {name}")
    return save(figure, path)


def _write_points(path, title, method, points, names, colourings):
    """Leave what the map shows, for a page that names each point."""
    left = {
        "title": title,
        "method": method,
        "points": [[round(float(v), 3) for v in point] for point in points],
        "names": names,
        "colourings": colourings,
    }
    write_atomically(
        Path(path).with_suffix(".json"),
        lambda part: part.write_text(json.dumps(left), encoding="utf-8"),
    )


def project(z):
    """Projects embeddings [N, D] to points [N, 2]; also returns the method's
    name."""
    N, z = len(z), unit_embeddings(z, torch.float64).numpy()
    centred = z - z.mean(0)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    # t-SNE needs neighbours; and scikit-learn divides by the variance, so that
    # collapsed embeddings would crash the interpreter, not raise an error
    if N < 10 or len(singular) < 2 or singular[0] < 1e-5 * N**0.5:
        points = centred @ axes[:2].T  # [N, <=2]
        # embeddings of one dimension: a line
        return np.pad(points, ((0, 0), (0, 2 - points.shape[1]))), "PCA"
    from sklearn.manifold import TSNE

    perplexity = min(30, (N - 1) / 3)
    tsne = TSNE(2, perplexity=perplexity, init="pca", random_state=0)
    return tsne.fit_transform(z), "t-SNE"


def draw_points(axes, points, labels, heading):
    """Draws points [N, 2] coloured by the names in the array `labels` [N]."""
    names = np.unique(labels)
    # with too many names the last entry says how many are left out
    named = LEGEND_ENTRIES - (len(names) > LEGEND_ENTRIES)
    size = float(np.clip(6000 / len(points), 8, 50))
    for i, label in enumerate(names):
        at = labels == label
        axes.scatter(
            *points[at].T, s=size, alpha=0.85, linewidths=0.3,
            edgecolors="white", color=COLOURS[i % len(COLOURS)],
            marker=MARKERS[i // len(COLOURS) % len(MARKERS)],
            label=label if i < named else None,
        )  # fmt: skip
    if len(names) > named:
        axes.plot([], [], " ", label=f"and {len(names) - named} more")
    axes.legend(
        frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5),
        handletextpad=0.2,
    )  # fmt: skip
    dress(axes, heading)
    axes.grid(False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
