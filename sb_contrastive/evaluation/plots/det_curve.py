"""DET curves: misses against false alarms at every threshold."""

from typing import NamedTuple

import numpy as np

from sb_contrastive.evaluation.plots.figure import (
    COLOURS,
    FAINT,
    INK,
    dress,
    new_figure,
    save,
)
from sb_contrastive.evaluation.verification.error_rates import (
    P_TARGETS,
    eer,
    error_counts,
    min_dcf,
)
from sb_contrastive.evaluation.verification.scores.score_array import (
    score_array,
)

# error rates that get a tick, as far as they are in sight
TICKS = (1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4,
         0.6, 0.8, 0.9)  # fmt: skip
# for the EER, then for minDCF at each of P_TARGETS
SHAPES = {"EER": "o", "minDCF, p = 0.01": "^", "minDCF, p = 0.05": "s"}


class Mark(NamedTuple):
    """The error rates at a decision threshold, and the text for the legend."""

    alarms: float
    misses: float
    value: str


def det_curve(systems, path, title="Detection error tradeoff", note=None):
    """Draws a DET curve for each system (Martin et al. 1997, "The DET curve in
    assessment of detection task performance").

    Both axes are probits of error rates, so that normally distributed scores of
    equal variance give a straight line of slope -1. Marks show the EER (circle)
    and where minDCF is reached at p = 0.01 (triangle) and 0.05 (square).

    Arguments
    ---------
    systems : dict
        {system: (target scores, non-target scores)}.
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
        If there is no system, or one without scores of either kind.

    Example
    -------
    >>> folder = getfixture("tmp_path")
    >>> scores = [0.9, 0.8, 0.3], [0.5, 0.2, 0.1]
    >>> det_curve({"DINO": scores}, folder / "det.png").name
    'det.png'
    """
    if not systems:
        raise ValueError("a DET curve has no system to draw")
    from scipy.special import ndtri

    marks = {name: _marks(*scores) for name, scores in systems.items()}
    low, high = _limits([m for found in marks.values() for m in found])
    figure = new_figure(5.6, 6, title, note)
    axes = figure.subplots()
    axes.plot(*2 * [ndtri([low, high])], ls=":", color=FAINT)
    for i, (name, scores) in enumerate(systems.items()):
        colour = COLOURS[i % len(COLOURS)]
        label = f"{name}: " + ", ".join(m.value for m in marks[name])
        axes.plot(*_curve(*scores, low), color=colour, label=label)
        for mark, shape in zip(marks[name], SHAPES.values()):
            # one beyond the axes is drawn on their edge
            x, y = ndtri(np.clip([mark.alarms, mark.misses], low, high))
            axes.plot(x, y, shape, color=colour, clip_on=False)
    for name, shape in SHAPES.items():
        axes.plot([], [], shape, color=FAINT, label=name)
    ticks = _ticks(low, high)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(ndtri(ticks), [f"{100 * t:g}" for t in ticks])
    axes.set(xlim=ndtri([low, high]), ylim=ndtri([low, high]), aspect="equal")
    dress(axes, "")
    for line in axes.lines:
        line.set(markersize=6)
    axes.set_xlabel("false alarms (% of non-target trials)", color=INK)
    axes.set_ylabel("misses (% of target trials)", color=INK)
    axes.legend(
        frameon=False, fontsize=8, loc="upper center",
        bbox_to_anchor=(0.5, -0.11),
    )  # fmt: skip
    return save(figure, path)


def _ticks(low, high):
    """Choose the visible ticks; where two labels would touch, the larger one."""
    from scipy.special import ndtri

    room = 0.05 * (ndtri(high) - ndtri(low))
    kept = []
    for tick in reversed(TICKS):
        if low <= tick <= high:
            if not kept or ndtri(kept[-1]) - ndtri(tick) >= room:
                kept.append(tick)
    return kept


def _curve(positive, negative, low):
    """Return the probits of false alarms and misses along the cuts."""
    from scipy.special import ndtri

    _, misses, false_alarms, P, N = error_counts(positive, negative)
    # rates of 0 lie infinitely far: just outside the axes will do
    floor = low / 2
    points = ndtri(
        np.clip([false_alarms / N, misses / P], floor, 1 - floor)
    )  # [2, U + 1]
    # half a million cuts, of which the eye can tell a few thousand apart
    moved = (np.diff(np.round(points * 500)) != 0).any(axis=0)
    return points[:, np.append(True, moved)]


def _marks(positive, negative):
    """Return the points to mark, in the order of SHAPES."""
    rate = eer(positive, negative)[0]
    marks = [Mark(rate, rate, f"EER {100 * rate:.2f} %")]
    positive = score_array(positive, "target scores")
    negative = score_array(negative, "non-target scores")
    for p in P_TARGETS:
        cost, threshold = min_dcf(positive, negative, p_target=p)
        misses = float((positive <= threshold).mean())
        alarms = float((negative > threshold).mean())
        marks.append(Mark(alarms, misses, f"minDCF$_{{{p:g}}}$ {cost:.3f}"))
    return marks


def _limits(marks):
    """Return the range of both axes, with all marks that can be drawn in it."""
    rates = [rate for mark in marks for rate in mark[:2] if rate > 0]
    low = min(rates, default=1) / 1.5
    high = max(rates, default=0) * 1.2
    return float(np.clip(low, 1e-4, 1e-3)), float(np.clip(high, 0.4, 0.95))
