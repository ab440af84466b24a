"""Plot of how far apart the scores of the same and of different speakers lie."""

import numpy as np

from sb_contrastive.evaluation.plots.figure import (
    COLOURS,
    INK,
    dress,
    new_figure,
    save,
)
from sb_contrastive.evaluation.verification import score_array

BINS = 80
CUT = 4  # times the lowest peak: what stands higher is cut off


def score_histogram(systems, path, title="Scores of the trials", note=None):
    """Distributions of target and non-target scores, one colour per system.

    Targets are filled, non-targets outlined; dotted lines stand at the means,
    whose distance is the gap given in the legend.

    Arguments
    ---------
    systems : dict
        {system: (target scores, non-target scores)}; one, or several on the
        same scale, such as a loss with and without its margin.
    path : str or Path
        PNG to write.
    title : str
        Above the figure.
    note : str, optional
        Small print below it.

    Returns
    -------
    path : Path
        The file written.

    Raises
    ------
    ValueError
        If there is no system, or one without finite scores of either kind.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> scores = [0.9, 0.8, 0.3], [0.5, 0.2, 0.1]
    >>> score_histogram({"m = 0": scores}, folder / "scores.png").name
    'scores.png'
    """
    if not systems:
        raise ValueError("a score histogram has no system to draw")
    sides = {
        name: (
            score_array(positive, f"target scores of {name!r}"),
            score_array(negative, f"non-target scores of {name!r}"),
        )
        for name, (positive, negative) in systems.items()
    }
    every = np.concatenate([s for pair in sides.values() for s in pair])
    # equal scores are widened into a bin
    edges = np.histogram_bin_edges(every, BINS)
    figure = new_figure(6.8, 4.4, title, note)
    axes = figure.subplots()
    peaks = []
    for i, (name, (positive, negative)) in enumerate(sides.items()):
        colour = COLOURS[i % len(COLOURS)]
        means = positive.mean(), negative.mean()
        gap = means[0] - means[1]
        filled, _, _ = axes.hist(
            positive, edges, density=True, histtype="stepfilled", alpha=0.35,
            color=colour, label=f"{name}, targets: mean {means[0]:.3f}",
        )  # fmt: skip
        outlined, _, _ = axes.hist(
            negative, edges, density=True, histtype="step", linewidth=1.4,
            color=colour,
            label=f"{name}, non-targets: mean {means[1]:.3f}, gap {gap:.3f}",
        )  # fmt: skip
        peaks.append(max(filled.max(), outlined.max()))
        for mean in means:
            axes.axvline(mean, ls=":", color=colour)
    # Scores that all but coincide would press the others flat
    axes.set_ylim(0, 1.05 * min(max(peaks), CUT * min(peaks)))
    dress(axes, "")
    axes.set_xlabel("score", color=INK)
    axes.set_ylabel("density", color=INK)
    axes.legend(
        frameon=False, fontsize=8, loc="upper center",
        bbox_to_anchor=(0.5, -0.11),
    )  # fmt: skip
    return save(figure, path)
