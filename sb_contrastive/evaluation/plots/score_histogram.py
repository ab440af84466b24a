"""Histogram of the scores of target and non-target trials."""

import itertools

import numpy as np

from sb_contrastive.evaluation.plots.figure import (
    COLOURS,
    INK,
    dress,
    new_figure,
    save,
)
from sb_contrastive.evaluation.verification.scores.score_array import (
    score_array,
)
from sb_contrastive.evaluation.verification.scores.score_bins import (
    score_edges,
)

BINS = 80
COSINE = 1 + 1e-5  # no cosine is larger, rounding included
CUT = 4  # times the lowest peak: what stands higher is cut off


def score_histogram(systems, path, title="Scores of the trials", note=None):
    """Draws the distributions of target and non-target scores, one colour per
    system.

    Targets are filled, non-targets outlined. Dotted lines mark the means, whose
    distance is the gap given in the legend. Cosines and normalised scores have
    different scales, so each kind has a panel of its own.

    Arguments
    ---------
    systems : dict
        {system: (target scores, non-target scores)}, such as a loss with and
        without its margin.
    path : str or Path
        PNG to write.
    title : str
        Title above the figure.
    note : str, optional
        Small print below the figure, see `corpus_note`.

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
    colours = dict(zip(sides, itertools.cycle(COLOURS)))
    cosines = {n for n, s in sides.items() if max(map(_farthest, s)) <= COSINE}
    scales = [
        {n: s for n, s in sides.items() if (n in cosines) == kind}
        for kind in (True, False)
    ]
    scales = [scale for scale in scales if scale]
    figure = new_figure(6.8, 4.4 * len(scales), title, note)
    panels = figure.subplots(len(scales), 1, squeeze=False)[:, 0]
    for axes, scale in zip(panels, scales):
        _draw(axes, scale, colours)
    return save(figure, path)


def _farthest(scores):
    return np.abs(scores).max()


def _draw(axes, sides, colours):
    """Draw the systems of one scale."""
    every = np.concatenate([s for pair in sides.values() for s in pair])
    edges = score_edges(every, BINS)
    peaks = []
    for name, (positive, negative) in sides.items():
        colour = colours[name]
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
        bbox_to_anchor=(0.5, -0.13),
    )  # fmt: skip
